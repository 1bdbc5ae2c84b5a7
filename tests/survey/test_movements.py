"""A figure of a former frame stands only while the correction cannot have moved it by much."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.analyses import analyse_counted
from services.survey.answers import answer_set
from services.survey.counting import counted, tally
from services.survey.disclosure import Gate
from services.survey.estimates import Analysis, analyse
from services.survey.items import items_of
from services.survey.looks import plan_look
from services.survey.movements import furthest, without_outdated
from services.survey.publication import Kept, Wanted, publish
from services.survey.rounds import Frame, Round
from tests.survey.asked import FRAME, QUESTIONNAIRE, round_
from tests.survey.worlds import make_world

ROUND = round_(tables=((), ("sub-region",), ("size",)))


def reweighted(one: Round, factor: float) -> Round:
    """The round with the first category of its first dimension counted so many times more, the total kept."""
    first, *others = one.frame.dimensions
    counts = np.array(first.counts)
    counts[0] *= factor
    counts *= one.frame.size / counts.sum()
    pairs = zip(first.categories, counts.tolist(), strict=True)
    categories = tuple(category.model_copy(update={"count": count}) for category, count in pairs)
    frame = Frame(dimensions=(first.model_copy(update={"categories": categories}), *others))
    return one.model_copy(update={"frame": frame})


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 3))
def test_no_answers_move_a_mean_further_than_the_bound(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    world = make_world(rng, size=200)
    answers = world.answers(120)
    ends = np.array([[item.low, item.high] for item in world.items])
    extreme = rng.integers(0, 2, answers.values.shape)
    answers = replace(answers, values=np.where(extreme, ends[:, 1], ends[:, 0]))
    was, now = (analyse(one, tally(answers)) for one in (world.round, reweighted(world.round, factor)))
    bound = furthest(now, world.items, weights_of(was))
    moved = np.abs(now.means.value - was.means.value)
    assert np.all((moved <= bound + 1e-9) | np.isnan(moved))


def test_without_a_correction_nothing_moves() -> None:
    world = make_world(np.random.default_rng(1), size=200)
    analysis = analyse(world.round, tally(world.answers(120)))
    assert furthest(analysis, world.items, weights_of(analysis)) == pytest.approx(0)


def test_small_corrections_let_figures_stand_and_great_ones_take_them_away() -> None:
    first = release(ROUND, [])
    standing = {}
    for factor in (1.02, 3.0):
        analysis = analyse_counted(reweighted(ROUND, factor), ANSWERS)
        places = (len(ITEMS), len(analysis.segments))
        held = Gate(np.full(places, "complementary", dtype=object), np.zeros(places, dtype=np.int64))
        gate = without_outdated(held, ITEMS, analysis, first.release, {1: first.weights})
        standing[factor] = gate.stands[0] >= 0
        assert (without_outdated(held, ITEMS, analysis, first.release, {}).stands == held.stands).all()
    assert standing[1.02].all()
    assert standing[3.0].tolist() == [False, True, True, False, False]


def test_a_release_after_a_correction_shows_new_figures() -> None:
    first = release(ROUND, [])
    second = release(reweighted(ROUND, 3.0), [first])
    assert {cell.made_for for cell in second.release.cells} == {2}


def weights_of(analysis: Analysis) -> dict[tuple[str, ...], float]:
    return dict(zip(analysis.tallies.cell_keys, analysis.weights.cell.tolist(), strict=True))


PLACES = [("rovaniemi", "1-9")] * 30 + [("pohjois-lappi", "1-9")] * 20 + [("rovaniemi", "10-49")] * 14
ROWS = [
    {
        "answer": f"a{n}",
        "organisation": None,
        "segment": {"sub-region": place, "size": size},
        "values": {"energy": n * 7 % 5 + 1},
        "seq": n,
    }
    for n, (place, size) in enumerate([*PLACES, *[("pohjois-lappi", "10-49")] * 6], 1)
]
ANSWERS = counted(answer_set(QUESTIONNAIRE, FRAME, ROWS))
ITEMS = items_of(QUESTIONNAIRE)


def release(one: Round, former: list[Kept]) -> Kept:
    look = plan_look(one, former[-1].look if former else None, correction=bool(former))
    wanted = Wanted(f"r-{look.number}", look, date(2026, 10, 1), anew="all" if former else "none")
    made = counted(answer_set(QUESTIONNAIRE, FRAME, ROWS), [kept.watermark for kept in former])
    return publish(one, QUESTIONNAIRE, made, former, wanted).kept
