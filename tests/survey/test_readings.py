"""What counts as an answer to one question."""

from __future__ import annotations

from typing import Any

import pytest

from services.survey.readings import LONGEST_TEXT, Unreadable, read_value
from tests.survey.asked import QUESTIONNAIRE

Q = QUESTIONNAIRE.question


@pytest.mark.parametrize(
    ("code", "given", "read"),
    [
        ("energy", 4, 4),
        ("energy", "4", 4),
        ("energy", 4.0, 4),
        ("share", "62,5", 62.5),
        ("share", 0, 0),
        ("place", "net", "net"),
        ("barriers", ["chair", "net"], ["net", "chair"]),
        ("barriers", "chair", ["chair"]),
        ("barriers", [], []),
        ("worked", "  Hyvin\r\nmeni\x00 ", "Hyvin\nmeni"),
        ("energy", "", None),
        ("energy", None, None),
        ("place", "", None),
        ("worked", " \n ", None),
    ],
)
def test_an_answer_is_read_as_it_was_meant(code: str, given: Any, read: Any) -> None:
    assert read_value(Q(code), given) == read


@pytest.mark.parametrize(
    ("code", "given", "slug"),
    [
        ("energy", 6, "out_of_range"),
        ("energy", 0, "out_of_range"),
        ("energy", 3.5, "not_on_the_scale"),
        ("energy", True, "not_a_number"),
        ("energy", [4], "not_a_number"),
        ("energy", "four", "not_a_number"),
        ("energy", "1_0", "not_a_number"),
        ("share", float("nan"), "not_a_number"),
        ("share", float("inf"), "not_a_number"),
        ("share", 10**400, "not_a_number"),
        ("share", "1e2", "not_a_number"),
        ("share", 100.5, "out_of_range"),
        ("place", "moon", "not_an_option"),
        ("place", ["net"], "not_an_option"),
        ("barriers", ["moon"], "not_an_option"),
        ("barriers", {"net": 1}, "not_an_option"),
        ("barriers", ["net"] * 3, "not_an_option"),
        ("worked", 5, "not_a_text"),
        ("worked", "x" * (LONGEST_TEXT + 1), "too_long"),
    ],
)
def test_what_is_no_answer_is_refused_without_repeating_it(code: str, given: Any, slug: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_value(Q(code), given)
    assert refused.value.slug == slug
    assert str(given)[:40] not in refused.value.message.en
    assert refused.value.message.fi
    assert refused.value.message.sv


def test_a_lone_surrogate_is_taken_out_since_the_database_cannot_hold_it() -> None:
    assert read_value(Q("worked"), "a\ud800b") == "ab"
