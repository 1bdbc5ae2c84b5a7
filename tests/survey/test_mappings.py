"""Mapping files say clearly what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from services.survey.mappings import read_mapping
from shared.errors import Invalid
from tests.survey.asked import QUESTIONNAIRE, round_

WRITTEN: dict[str, Any] = {
    "mapping": "trial",
    "round": round_().model_dump(mode="json"),
    "questionnaire": QUESTIONNAIRE.model_dump(mode="json"),
    "segment": {"size": {"column": "Size"}},
}


def test_a_mapping_names_its_round_by_code_or_writes_it_out() -> None:
    assert read_mapping(WRITTEN).round_code == "r1"
    assert read_mapping({"mapping": "m", "round": "r2"}).round_code == "r2"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"segments": {}}, "segments: Extra inputs are not permitted"),
        ({"questionnaire": None}, "needs its questionnaire written out"),
        ({"segment": {"size": {}}}, "segment → size: give one of column, columns and ticks"),
        ({"segment": {"size": {"column": {}}}}, "a column needs its header"),
        ({"segment": {"size": {"column": {"position": 0}}}}, "segment → size → column → position"),
        ({"values": {"age": {"column": "a", "recode": "years_since"}}}, "years_since needs a year"),
        ({"values": {"age": {"column": "a", "recode": "magic"}}}, "values → age → recode"),
        ({"source": {"delimiter": ";;"}}, "source → delimiter"),
        ({"round": {"round": "x"}}, "round"),
    ],
)
def test_a_mistake_is_told_with_its_place(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_mapping({**WRITTEN, **changes})


def test_yaml_that_turned_yes_into_true_is_explained() -> None:
    written = yaml.safe_load("{column: a, map: {yes: 1, no: 0}}")
    with pytest.raises(Invalid, match="put them in quotes"):
        read_mapping({**WRITTEN, "values": {"energy": written}})


@pytest.mark.parametrize("document", [None, "text", ["list"], 5])
def test_what_is_no_mapping_is_refused(document: object) -> None:
    with pytest.raises(Invalid, match="must be a YAML mapping"):
        read_mapping(document)


def test_margins_that_disagree_are_refused() -> None:
    written = round_().model_dump(mode="json")
    written["frame"]["dimensions"][0]["categories"][0]["count"] = 61
    with pytest.raises(
        Invalid, match="the margins do not add up to the same total: sub-region counts 101, size counts 100"
    ):
        read_mapping({**WRITTEN, "round": written})


def test_many_mistakes_are_counted_and_not_all_told() -> None:
    values = {f"q{n}": {"column": "a", "recode": "magic"} for n in range(9)}
    with pytest.raises(Invalid, match="and 4 more"):
        read_mapping({**WRITTEN, "values": values})
