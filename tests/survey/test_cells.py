"""A cell is read by the rule for it, in a fixed order."""

from __future__ import annotations

from typing import Any

import pytest

from services.survey.cells import Unread, read_cell
from services.survey.mappings import Rule
from shared.vocabulary import vocabulary

AGE = {
    "recode": "years_since",
    "year": 2020,
    "bands": [{"code": "young", "high": 29}, {"code": "old", "low": 30}],
}


@pytest.mark.parametrize(
    ("rule", "cell", "read"),
    [
        ({}, " anything   at all ", "anything at all"),
        ({"map": {"Yes": 1, "No": 0}}, "Yes ", 1),
        ({"map": {1: "a"}}, "1", "a"),
        ({"contains": {"Professional": "know", "Services": "other"}}, "Professional Services", "know"),
        ({"map": {"Rarely or never": 0}, "recode": "percent"}, "Rarely or never ", 0),
        ({"map": {"Rarely or never": 0}, "recode": "percent"}, "50% - about half", 50),
        ({"recode": "number"}, "2,5", 2.5),
        ({"recode": "number"}, "-3", -3),
        (AGE, "1991", "young"),
        (AGE, "1990", "old"),
        ({"bands": [{"code": "few", "low": 1, "high": 9}]}, "9", "few"),
        ({"recode": "municipality"}, "rovaniemi", "rovaniemi"),
        ({"recode": "municipality"}, "47", "tunturi-lappi"),
        ({"recode": "municipality"}, "Enare", "pohjois-lappi"),
        ({"map": {"a": "b"}, "other": "c"}, "d", "c"),
        ({"map": {"-": ""}, "recode": "code"}, "net", "net"),
    ],
)
def test_a_rule_reads(rule: dict[str, Any], cell: str, read: Any) -> None:
    assert read_cell(Rule.model_validate(rule), cell, vocabulary()) == read


@pytest.mark.parametrize(
    ("rule", "cell", "said"),
    [
        ({"map": {"Yes": 1}}, "secret", "does not say what this answer means"),
        ({"recode": "percent"}, "secret", "not a number"),
        ({"recode": "number"}, "12 secret", "not a number"),
        ({"bands": [{"code": "few", "low": 1, "high": 9}]}, "10", "none of the mapping's bands"),
        ({"recode": "municipality"}, "Secretville", "not a municipality of Lapland"),
    ],
)
def test_what_a_rule_does_not_know_is_refused_without_repeating_it(
    rule: dict[str, Any], cell: str, said: str
) -> None:
    with pytest.raises(Unread, match=said) as refused:
        read_cell(Rule.model_validate(rule), cell, vocabulary())
    assert "ecret" not in str(refused.value)
