"""Estimates from tallies are those of a row-by-row estimator, and hold with answers missing or alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.estimates import Analysis, analyse
from services.survey.segments import members
from tests.survey import rows
from tests.survey.worlds import World, make_world

Floats = npt.NDArray[np.float64]


def analysed(world: World, organisations: int) -> tuple[AnswerSet, Analysis]:
    answers = world.answers(organisations)
    gaps = np.random.default_rng(organisations).random(answers.values.shape) < 0.1
    answers = replace(answers, values=np.where(gaps, np.nan, answers.values))
    return answers, analyse(world.round, tally(answers))


def unit_rows(answers: AnswerSet, analysis: Analysis) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The value of each unit, and the index of its cell among the cells that are tallied."""
    n = int(answers.units.max()) + 1
    values = np.full((n, len(answers.items)), np.nan)
    cells = np.zeros(n, dtype=np.int64)
    place = {key: index for index, key in enumerate(analysis.tallies.cell_keys)}
    for unit in range(n):
        own = answers.units == unit
        cells[unit] = place[answers.cell_keys[answers.cells[own][0]]]
        for item in range(len(answers.items)):
            column = answers.values[own, item]
            if not np.isnan(column).all():
                values[unit, item] = np.nanmean(column)
    return values, cells


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_tallies_give_what_rows_give(seed: int) -> None:
    world = make_world(np.random.default_rng(seed), size=150, scales=2, multis=2)
    answers, analysis = analysed(world, 90)
    values, cells = unit_rows(answers, analysis)
    weights = analysis.weights
    inside = members(world.round.frame, analysis.segments, analysis.tallies.cell_keys)[:, cells]
    for item in range(len(answers.items)):
        sample = rows.Sample(values[:, item], weights.design[cells], weights.cell[cells], weights.base[cells])
        for segment in range(len(analysis.segments)):
            here, rest = inside[segment], ~inside[segment]
            if not (~np.isnan(sample.y) & here).any():
                assert np.isnan(analysis.means.value[item, segment])
                continue
            mean = rows.mean(sample, here)
            share = here / rows.weight_inside(sample, here)
            assert analysis.means.value[item, segment] == pytest.approx(mean, rel=1e-9)
            se = rows.standard_error(sample, share, here * mean, world.round.frame.size)
            assert analysis.means.se[item, segment] == pytest.approx(se, rel=1e-8, abs=1e-12)
            if rest.any():
                other = rows.mean(sample, rest)
                both = share - rest / rows.weight_inside(sample, rest)
                se = rows.standard_error(sample, both, here * mean + rest * other, world.round.frame.size)
                assert analysis.gaps.value[item, segment] == pytest.approx(mean - other, rel=1e-8, abs=1e-10)
                assert analysis.gaps.se[item, segment] == pytest.approx(se, rel=1e-8, abs=1e-12)


def test_a_margin_that_is_weighted_to_has_no_error_left() -> None:
    world = make_world(np.random.default_rng(1), size=150, scales=1, multis=0)
    answers = world.answers(100)
    category = np.array([float(key[2] == "0") for key in answers.cell_keys])[answers.cells]
    known = replace(answers, values=category[:, None])
    analysis = analyse(world.round, tally(known))
    share = world.round.frame.dimensions[2].categories[0].count / world.round.frame.size
    assert analysis.means.value[0, 0] == pytest.approx(share, rel=1e-8)
    assert analysis.means.se[0, 0] == pytest.approx(0, abs=1e-7)


def test_a_census_of_whole_staffs_leaves_little_error_and_of_single_answers_much() -> None:
    world = make_world(np.random.default_rng(2), size=120, scales=1, multis=0)
    everyone = replace(world, answering=np.array([len(o) for o in world.opinions]))
    whole = analyse(world.round, tally(everyone.answers(115)))
    single = replace(world, answering=np.ones(120, dtype=np.int64))
    alone = analyse(world.round, tally(single.answers(115)))
    assert whole.means.inference.variance[0, 0] < 0.2 * alone.means.inference.variance[0, 0]
    assert whole.means.inference.covered[0, 0] > 0.9
    assert alone.means.inference.covered[0, 0] == 0


def test_a_segment_never_has_less_variance_than_its_own_answers_show() -> None:
    world = make_world(np.random.default_rng(3), size=420, scales=4, multis=2)
    analysis = analyse(world.round, tally(world.answers(200)))
    shown = analysis.means.units >= 15
    assert (analysis.means.inference.variance[shown] >= 0.8 * analysis.means.se[shown] ** 2).all()


def test_a_segment_of_equal_answers_borrows_the_regions_variance_and_the_region_has_none() -> None:
    world = make_world(np.random.default_rng(4), size=300, scales=1, multis=0)
    answers = world.answers(150)
    in_segment = np.array([key[0] == "5" for key in answers.cell_keys])[answers.cells]
    values = np.where(in_segment[:, None], 3.0, answers.values)
    mixed = analyse(world.round, tally(replace(answers, values=values)))
    segment = next(i for i, s in enumerate(mixed.segments) if s.parts == (("d0", "5"),))
    assert mixed.means.inference.variance[0, segment] > 0.05 * mixed.means.inference.variance[0, 0]
    equal = analyse(world.round, tally(replace(answers, values=np.full_like(answers.values, 3.0))))
    assert equal.means.inference.variance[0, 0] == pytest.approx(0, abs=1e-20)


def test_an_item_that_nobody_answered_has_no_figure() -> None:
    world = make_world(np.random.default_rng(6), size=100, scales=1, multis=0)
    answers = world.answers(50)
    analysis = analyse(world.round, tally(replace(answers, values=np.full_like(answers.values, np.nan))))
    assert np.isnan(analysis.means.value).all()
    assert (analysis.means.units == 0).all()


def test_one_organisation_alone_cannot_tell_its_error() -> None:
    world = make_world(np.random.default_rng(7), size=50, scales=1, multis=0)
    analysis = analyse(world.round, tally(world.answers(1)))
    assert np.isnan(analysis.means.se[0, 0])
    assert np.isnan(analysis.means.inference.variance[0, 0])
