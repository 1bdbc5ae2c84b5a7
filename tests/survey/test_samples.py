"""The tallies' estimates are those of the row estimator, which is held against R."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.estimates import analyse
from services.survey.linearised import mean, together
from services.survey.rounds import Round, Trim
from services.survey.samples import Sample, clustered, sample_of, unit_means
from services.survey.segments import members
from services.survey.weighting import CannotWeight
from tests.survey.worlds import make_world

Floats = npt.NDArray[np.float64]
SAME = 1e-9


def drawn_round(seed: int, organisations: int, *, fpc: bool, tables: bool) -> tuple[Round, AnswerSet]:
    """A made-up round with answers missing here and there, of one item altogether for some categories."""
    rng = np.random.default_rng(seed)
    world = make_world(rng, size=160, scales=2, multis=2)
    answers = world.answers(organisations)
    gaps = rng.random(answers.values.shape) < rng.uniform(0, 0.4)
    gaps[:, 1] |= np.array([key[0] == "0" for key in answers.cell_keys])[answers.cells]
    two = ((), ("d0",), ("d1",), ("d2",), ("d0", "d1")) if tables else ()
    round_ = world.round.model_copy(update={"fpc": fpc, "tables": two})
    return round_, replace(answers, values=np.where(gaps, np.nan, answers.values))


def row_figures(sample: Sample, inside: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean and error in a segment, difference from all the rest and its error, by item."""
    here = mean(sample.design.only(inside), sample.values)
    rest = mean(sample.design.only(~inside), sample.values)
    items = np.eye(sample.values.shape[1])
    gap = together([here, rest]).contrast(np.hstack([items, -items]))
    return here.value, here.se, gap.value, gap.se


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(8, 150), st.booleans(), st.sampled_from([None, 1.3, 2.5]))
def test_tallies_give_what_rows_give(
    seed: int, organisations: int, tables: bool, upper: float | None
) -> None:
    round_, answers = drawn_round(seed, organisations, fpc=bool(seed % 2), tables=tables)
    round_ = round_.model_copy(update={"trim": Trim(upper=upper, lower=0.4) if upper else None})
    try:
        analysis = analyse(round_, tally(answers))
    except CannotWeight:
        with pytest.raises(CannotWeight):
            sample_of(round_, answers)
        return
    sample = sample_of(round_, answers)
    inside = members(round_.frame, analysis.segments, sample.cell_keys)[:, sample.cells]
    spread = np.nanstd(sample.values, axis=0)
    for s in range(len(analysis.segments)):
        value, se, gap, gap_se = row_figures(sample, inside[s])
        assert analysis.means.value[:, s] == pytest.approx(value, rel=SAME, nan_ok=True)
        assert analysis.gaps.value[:, s] == pytest.approx(gap, rel=SAME, abs=SAME, nan_ok=True)
        for tallied, by_row in ((analysis.means.se[:, s], se), (analysis.gaps.se[:, s], gap_se)):
            # Where all answers are alike the tallies leave rounding, not nothing.
            allowed = 2 * SAME * by_row**2 + 1e-13 * spread**2
            assert (np.isnan(tallied) == np.isnan(by_row)).all()
            assert not (np.abs(tallied**2 - by_row**2) > allowed).any()


def test_a_sample_is_weighted_as_the_tallies_are() -> None:
    round_, answers = drawn_round(1, 100, fpc=True, tables=False)
    sample, analysis = sample_of(round_, answers), analyse(round_, tally(answers))
    assert sample.design.weights.sum() == pytest.approx(round_.frame.size)
    assert sample.design.weights == pytest.approx(analysis.weights.cell[sample.cells])


def test_trimmed_weights_are_taken() -> None:
    round_, answers = drawn_round(1, 100, fpc=True, tables=False)
    raked = sample_of(round_, answers).design.weights
    trimmed = sample_of(round_.model_copy(update={"trim": Trim(upper=1.3)}), answers).design.weights
    assert raked.max() > 1.4 * raked.mean()
    assert trimmed.max() == pytest.approx(1.3 * raked.mean())


def test_a_unit_has_the_mean_of_its_answers() -> None:
    _, answers = drawn_round(2, 40, fpc=True, tables=False)
    means = unit_means(answers)
    for unit in range(40):
        own = answers.values[answers.units == unit]
        for item in range(own.shape[1]):
            known = own[:, item][~np.isnan(own[:, item])]
            expected = known.mean() if len(known) else np.nan
            assert means[unit, item] == pytest.approx(expected, nan_ok=True)


def test_one_unit_alone_cannot_tell_its_error_and_nobody_cannot_be_weighted() -> None:
    round_, answers = drawn_round(3, 1, fpc=True, tables=False)
    sample = sample_of(round_, answers)
    assert np.isnan(mean(sample.design, sample.values).se).all()
    with pytest.raises(CannotWeight):
        sample_of(round_, answers.until(0))


def test_clusters_that_answer_alike_make_errors_larger() -> None:
    round_, answers = drawn_round(4, 120, fpc=False, tables=False)
    sample = sample_of(round_, answers)
    twice = np.repeat(np.arange(60), 2)
    alike = sample.values[:, 0].copy()
    alike[1::2] = alike[::2]
    alone, together_ = mean(sample.design, alike).se[0], mean(clustered(sample, twice).design, alike).se[0]
    assert together_ > 1.2 * alone
    assert clustered(sample, twice).design.degrees == 59
