"""When people must look at an adopted recommendation again."""

from __future__ import annotations

from services.model.evidence import Known, table_for
from services.model.grading import grade
from services.model.reviews import GONE, MOVED, OPPOSED, WEAKER, WITHDRAWN, Basis, is_firmer, material_changes
from shared.events import Text
from tests.model.given import figure, insight, known, outcomes, practice, subject

FOUND_GOOD = insight("p", "practice", practice="breaks", question="q9")
BEFORE = known(insight("a"), FOUND_GOOD, practice())


def basis(told: Known = BEFORE) -> Basis:
    table = table_for(subject(), told)
    return Basis.of(table, grade(table, practice="breaks"))


def changes(told: Known, before: Known = BEFORE, *, in_library: bool = True) -> set[Text]:
    table = table_for(subject(), told)
    found = grade(table, practice="breaks")
    return set(material_changes(table, found, basis(before), in_library=in_library))


def test_the_same_evidence_is_no_reason() -> None:
    assert changes(BEFORE) == set()


def test_a_retracted_finding_is() -> None:
    assert GONE in changes(known(FOUND_GOOD, practice()))


def test_more_evidence_in_favour_is_not() -> None:
    told = known(insight("a"), insight("b", round="autumn"), FOUND_GOOD, practice(), *outcomes(20))
    assert changes(told) == set()


def test_a_figure_that_moves_within_its_interval_is_not() -> None:
    moved = insight("a", revision=2, figure=figure(2.25, 2.0, 2.5))
    assert changes(known(moved, FOUND_GOOD, practice())) == set()


def test_a_figure_that_leaves_its_interval_is() -> None:
    moved = insight("a", revision=2, figure=figure(2.5, 2.3, 2.7))
    assert changes(known(moved, FOUND_GOOD, practice())) == {MOVED}


def test_a_finding_against_it_is() -> None:
    against = insight("s", "strength", round="autumn")
    assert OPPOSED in changes(known(insight("a"), FOUND_GOOD, against, practice()))


def test_what_was_against_it_when_it_was_adopted_is_not_new() -> None:
    told = known(insight("a"), FOUND_GOOD, insight("s", "strength", round="autumn"), practice())
    assert changes(told, before=told) == set()


def test_outcomes_that_turn_against_it_are() -> None:
    told = known(insight("a"), FOUND_GOOD, practice(), *outcomes(8, before=8, after=3))
    assert OPPOSED in changes(told)


def test_a_lower_certainty_is() -> None:
    weaker = insight("a", revision=2, certainty="low")
    lower = FOUND_GOOD.model_copy(update={"certainty": "low", "revision": 2})
    assert changes(known(weaker, lower, practice())) == {WEAKER}


def test_a_practice_that_left_the_library_is() -> None:
    assert changes(BEFORE, in_library=False) == {WITHDRAWN}


def test_evidence_that_grew_is_pointed_out() -> None:
    told = known(insight("a"), FOUND_GOOD, practice(), *outcomes(20))
    table = table_for(subject(), told)
    assert is_firmer(grade(table, practice="breaks"), basis())
    assert not is_firmer(basis().grade, basis())
