"""What counts as a finding, on any scale, whichever end is the good one."""

from __future__ import annotations

import pytest

from services.survey.items import items_of
from services.survey.questionnaires import Option, Questionnaire
from services.survey.rules import Bound, bounds, hypotheses
from services.survey.segments import REGION, Segment
from tests.survey.asked import question, text

OPTIONS = (Option(code="a", text=text("a"), practice="rules"), Option(code="none", text=text("none")))
ASKED = Questionnaire(
    code="q",
    version=1,
    title=text("q"),
    intro=text("q"),
    questions=(
        question("energy", "scale"),
        question("strain", "scale", good="low"),
        question("shares", "multi", role="barrier", options=OPTIONS),
        question("hinders", "scale", role="barrier", good="low"),
        question("works", "multi", role="practice", options=OPTIONS),
        question("rated", "scale", role="practice", practice="rules"),
        question("worked", "scale", role="state", low=0, high=1),
        question("age", "number", role="background", low=0, high=100),
        question("told", "open", role="open"),
    ),
)
ITEMS = {item.name: item for item in items_of(ASKED)}
ONE, TWO = Segment((("size", "1-9"),)), Segment((("area", "x"), ("size", "1-9")))


def near(bound: Bound, level: float, null: float, sign: int) -> bool:
    return bound.sign == sign and (bound.level, bound.null) == pytest.approx((level, null))


def test_a_need_lies_on_the_bad_half_of_the_scale_by_a_margin() -> None:
    assert near(dict(bounds(ITEMS["energy"]))["need"], 3.0, 2.8, -1)
    assert near(dict(bounds(ITEMS["strain"]))["need"], 3.0, 3.2, 1)


def test_a_strength_lies_well_on_the_good_side() -> None:
    assert near(dict(bounds(ITEMS["energy"]))["strength"], 3.8, 4.0, 1)
    assert near(dict(bounds(ITEMS["strain"]))["strength"], 2.2, 2.0, -1)


def test_a_gap_is_a_twentieth_of_the_scale_either_way() -> None:
    assert near(dict(bounds(ITEMS["energy"]))["gap"], 0.0, 0.2, 0)


def test_a_barrier_is_named_by_more_than_a_fifth_or_rated_on_the_bad_half() -> None:
    assert near(dict(bounds(ITEMS["shares:a"]))["barrier"], 0.2, 0.25, 1)
    assert near(dict(bounds(ITEMS["hinders"]))["barrier"], 3.0, 3.2, 1)


def test_a_practice_was_found_good_by_half_or_rated_good() -> None:
    assert near(dict(bounds(ITEMS["works:a"]))["practice"], 0.45, 0.5, 1)
    assert near(dict(bounds(ITEMS["rated"]))["practice"], 3.6, 3.8, 1)


def test_an_option_that_names_no_practice_is_none() -> None:
    assert list(bounds(ITEMS["works:none"])) == []


def test_background_and_open_questions_are_not_judged() -> None:
    assert list(bounds(ITEMS["age"])) == []
    assert "told" not in ITEMS


def test_a_yes_or_no_state_is_judged_as_a_share() -> None:
    assert ITEMS["worked"].kind == "share"
    assert near(dict(bounds(ITEMS["worked"]))["need"], 0.5, 0.45, -1)


def test_segments_of_two_dimensions_are_only_indicated_and_the_region_has_no_gap() -> None:
    asked = hypotheses([ITEMS["energy"]], [REGION, ONE, TWO])
    assert [h.name for h in asked if h.segment == 0] == ["energy|need|region", "energy|strength|region"]
    assert {h.tested for h in asked if h.segment == 2} == {False}
    assert {h.tested for h in asked if h.segment == 1} == {True}
    assert len({h.name for h in asked}) == len(asked)
