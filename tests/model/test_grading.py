"""Certainty and strength follow the published rules."""

from __future__ import annotations

import pytest

from services.model.evidence import Known, table_for
from services.model.grading import (
    CAPPED,
    CONTRADICTED,
    HELPED,
    INDIRECT,
    NOTHING,
    REPEATED,
    Grade,
    grade,
    is_weaker,
)
from tests.model.given import insight, known, outcomes, practice, subject


def graded(told: Known, name: str = "breaks") -> Grade:
    return grade(table_for(subject(name), told), practice=name)


def found_good(**changes: object) -> object:
    return insight("p", "practice", practice="breaks", question="q9", **changes)


def test_a_need_alone_shows_only_indirectly_that_a_practice_helps() -> None:
    found = graded(known(insight("a", certainty="high"), practice()))
    assert (found.certainty, found.strength) == ("moderate", "conditional")
    assert INDIRECT in found.reasons


def test_a_need_and_a_practice_found_good_make_a_strong_recommendation() -> None:
    found = graded(known(insight("a"), found_good(), practice()))
    assert (found.certainty, found.strength) == ("moderate", "strong")


def test_what_is_not_firm_enough_is_conditional() -> None:
    told = known(insight("a", certainty="low"), found_good(certainty="low"), practice())
    assert (graded(told).certainty, graded(told).strength) == ("low", "conditional")


def test_a_practice_found_good_without_a_need_is_good_practice() -> None:
    found = graded(known(found_good(), practice()))
    assert (found.certainty, found.strength) == ("moderate", "good_practice")


def test_one_round_never_makes_high_certainty() -> None:
    found = graded(known(insight("a", certainty="high"), found_good(certainty="high"), practice()))
    assert found.certainty == "moderate"
    assert CAPPED in found.reasons


def test_the_same_question_in_two_rounds_raises_certainty() -> None:
    told = known(insight("a"), insight("b", round="autumn"), found_good(), practice())
    assert graded(told).certainty == "high"
    assert REPEATED in graded(told).reasons


def test_another_question_in_another_round_repeats_nothing() -> None:
    told = known(insight("a"), insight("b", round="autumn", question="q2"), found_good(), practice())
    assert graded(told).certainty == "moderate"


def test_a_synthetic_round_repeats_nothing() -> None:
    told = known(insight("a"), insight("b", round="autumn", synthetic=True), found_good(), practice())
    assert graded(told).certainty == "moderate"


def test_a_round_of_people_who_were_coached_on_it_repeats_nothing() -> None:
    told = known(insight("a"), insight("b", round="autumn", coached=True), found_good(), practice())
    assert graded(told).certainty == "moderate"
    assert REPEATED not in graded(told).reasons


def test_evidence_against_lowers_certainty_and_takes_strength() -> None:
    against = insight("s", "strength", round="autumn")
    found = graded(known(insight("a"), against, found_good(), practice()))
    assert (found.certainty, found.strength) == ("low", "conditional")
    assert CONTRADICTED in found.reasons


def test_a_firm_recommendation_that_something_speaks_against_is_conditional() -> None:
    against = insight("s", "strength", round="autumn")
    told = known(insight("a", certainty="high"), against, found_good(certainty="high"), practice())
    assert (graded(told).certainty, graded(told).strength) == ("moderate", "conditional")


def test_enough_outcomes_that_helped_raise_certainty() -> None:
    found = graded(known(insight("a"), practice(), *outcomes(12)))
    assert (found.certainty, found.strength) == ("high", "strong")
    assert HELPED in found.reasons


def test_outcomes_that_helped_show_it_directly_but_raise_nothing_before_they_are_enough() -> None:
    found = graded(known(insight("a"), practice(), *outcomes(9, dropped=0)))
    assert (found.certainty, found.strength) == ("moderate", "strong")
    assert HELPED not in found.reasons


def test_few_outcomes_change_nothing() -> None:
    without = graded(known(insight("a"), practice()))
    assert graded(known(insight("a"), practice(), *outcomes(4))) == without


def test_outcomes_that_made_things_worse_speak_against() -> None:
    found = graded(known(insight("a"), found_good(), practice(), *outcomes(12, before=8, after=4)))
    assert (found.certainty, found.strength) == ("low", "conditional")


def test_certainty_never_falls_below_very_low() -> None:
    against = insight("s", "strength", round="autumn")
    assert graded(known(insight("a", certainty="very_low"), against, practice())).certainty == "very_low"


def test_nothing_supporting_is_very_low_and_conditional() -> None:
    found = graded(known(practice()))
    assert found == Grade(certainty="very_low", strength="conditional", reasons=(NOTHING,))


def test_advice_without_a_practice_is_direct_but_conditional() -> None:
    found = graded(known(insight("a")), name="")
    assert (found.certainty, found.strength) == ("moderate", "conditional")


@pytest.mark.parametrize(
    ("now", "before", "weaker"),
    [
        (("low", "strong"), ("moderate", "strong"), True),
        (("moderate", "conditional"), ("moderate", "strong"), True),
        (("high", "conditional"), ("moderate", "strong"), True),
        (("moderate", "strong"), ("moderate", "strong"), False),
        (("high", "strong"), ("moderate", "conditional"), False),
    ],
)
def test_weaker_means_less_of_either(now: tuple[str, str], before: tuple[str, str], weaker: bool) -> None:
    one, other = (
        Grade.model_validate({"certainty": c, "strength": s, "reasons": ()}) for c, s in (now, before)
    )
    assert is_weaker(one, other) is weaker
