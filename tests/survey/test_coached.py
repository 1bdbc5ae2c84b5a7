"""What those who were coached answer later is counted, and not taken for independent confirmation."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from services.survey.analyses import analyse_answers
from services.survey.answers import AnswerSet, answer_set
from services.survey.certainty import Grounds, certainty, doubts
from services.survey.coached import CoachedUnit, Coaching, coached_shares, coached_units
from services.survey.items import items_of
from services.survey.questionnaires import Questionnaire
from tests.survey.asked import FRAME, QUESTIONNAIRE, question
from tests.survey.released import ITEMS, ROUND, answers

ASKED: Questionnaire = QUESTIONNAIRE.model_copy(
    update={
        "questions": (
            question("energy", "scale", topic="wellbeing", low=1, high=3),
            question("trust", "number", topic="leadership"),
        )
    }
)
PLACE = {"sub-region": "rovaniemi", "size": "1-9"}
COACHED: Coaching = {"wellbeing": "2026-05"}


def of(*given: tuple[str, dict[str, int]]) -> AnswerSet:
    """Answers of organisations, in turn."""
    rows = [
        {"answer": f"a{n}", "organisation": who, "segment": PLACE, "values": values, "seq": n}
        for n, (who, values) in enumerate(given, 1)
    ]
    return answer_set(ASKED, FRAME, rows)


def units(found: AnswerSet, *given: tuple[Coaching, datetime]) -> list[CoachedUnit]:
    return coached_units(found, given, items_of(ASKED))


def on(month: int, day: int = 15) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(("month", "counts"), [(4, False), (5, True), (9, True)])
def test_an_answer_counts_as_later_from_the_month_of_the_coaching_on(month: int, counts: bool) -> None:
    found = units(of(("firma", {"energy": 2})), (COACHED, on(month)))
    assert bool(found) == counts


def test_the_month_is_that_of_the_region() -> None:
    # In Finland it is already May.
    night = datetime(2026, 4, 30, 22, 30, tzinfo=UTC)
    assert units(of(("firma", {"energy": 2})), (COACHED, night))


def test_only_items_of_the_coached_topic_that_were_answered_count() -> None:
    (unit,) = units(of(("firma", {"energy": 2, "trust": 3})), (COACHED, on(9)))
    assert unit == CoachedUnit(
        ("rovaniemi", "1-9"), frozenset({"energy", "energy:1", "energy:2", "energy:3"})
    )
    assert units(of(("firma", {"trust": 3})), (COACHED, on(9))) == []


def test_one_later_answer_makes_the_whole_organisation_a_coached_one() -> None:
    both = of(("firma", {"energy": 2}), ("firma", {"energy": 3}), ("toinen", {"energy": 1}))
    found = units(both, (COACHED, on(4)), (COACHED, on(9)), (COACHED, on(4)))
    assert len(found) == 1


def shares(count: int, cell: tuple[str, ...] = ("rovaniemi", "1-9")) -> tuple[float, float]:
    """Of energy, in the whole region and in the cell's sub-region, where so many units were coached."""
    analysis = analyse_answers(ROUND, answers(80))
    found = coached_shares(analysis, [CoachedUnit(cell, frozenset({"energy"}))] * count)
    place = [segment.slug for segment in analysis.segments].index("sub-region-rovaniemi")
    assert found.shape == analysis.means.value.shape
    assert not found[[item.name for item in ITEMS].index("trust")].any()
    return float(found[0, 0]), float(found[0, place])


def test_the_share_is_that_of_the_weight_behind_the_figure() -> None:
    analysis = analyse_answers(ROUND, answers(80))
    cell = analysis.tallies.cell_keys.index(("rovaniemi", "1-9"))
    region, own = shares(6)
    assert region == pytest.approx(6 * analysis.weights.cell[cell] / analysis.weights.total)
    assert region < own < 1


def test_of_fewer_than_five_coached_units_nothing_is_told() -> None:
    assert shares(4) == (0, 0)
    assert min(shares(5)) > 0


def test_coached_units_of_a_cell_that_nobody_is_left_in_are_passed_over() -> None:
    assert shares(9, ("nowhere", "1-9")) == (0, 0)


def test_certainty_falls_a_step_when_a_tenth_was_coached() -> None:
    sure = {"units": 300.0, "reach": 0.02, "efficiency": 0.9, "uncovered": 0.0, "drift": 0.5}
    plain, much = (Grounds("confirmed", **sure, coached=share) for share in (0.1, 0.11))
    assert (doubts(plain), certainty(plain)) == ((), "high")
    assert (doubts(much), certainty(much)) == (("coached",), "moderate")


def test_shares_never_exceed_the_whole() -> None:
    analysis = analyse_answers(ROUND, answers(80))
    # More coached than counted, as when answers came after the release that is explained.
    many = [CoachedUnit(key, frozenset({"energy"})) for key in analysis.tallies.cell_keys for _ in range(99)]
    assert np.nanmax(coached_shares(analysis, many)) == 1
