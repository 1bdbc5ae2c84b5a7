"""Segments of one table lend each other strength, and are never taken for more alike than they may be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import ndtri

from services.survey.counting import tally
from services.survey.estimates import analyse
from services.survey.pooling import draw, shrunk_gaps, shrunk_means
from tests.survey.worlds import make_world

Floats = npt.NDArray[np.float64]
ONE = np.array([1.0])


def far(*distances: float) -> Floats:
    return np.array([distances])


def test_a_distance_is_kept_the_more_the_surer_it_is() -> None:
    drawn = draw(far(1.0, 1.0, -1.0), far(0.01, 1.0, 0.01), ONE)
    assert 0.9 < drawn.value[0, 0] < 1.0
    assert 0 < drawn.value[0, 1] < drawn.value[0, 0]
    assert drawn.value[0, 2] == pytest.approx(-drawn.value[0, 0])


def test_segments_close_together_still_have_an_error() -> None:
    drawn = draw(far(0.0, 0.0, 0.0, 0.0), np.full((1, 4), 0.25), ONE)
    assert (drawn.value == 0).all()
    assert (drawn.error > 0.1).all()
    assert (drawn.error < 0.5).all()


def test_a_table_of_very_different_segments_draws_less() -> None:
    apart = draw(far(3.0, -3.0, 2.0, -2.0, 0.5), np.full((1, 5), 0.5), ONE)
    close = draw(far(0.1, -0.1, 0.2, -0.2, 0.5), np.full((1, 5), 0.5), ONE)
    assert apart.value[0, 4] > close.value[0, 4] > 0


def test_what_is_not_shown_or_has_no_error_lends_and_borrows_nothing() -> None:
    whole = draw(far(1.0, -0.5, np.nan, 2.0), np.array([[0.2, 0.2, 0.2, 0.0]]), ONE)
    part = draw(far(1.0, -0.5), np.array([[0.2, 0.2]]), ONE)
    assert np.isnan(whole.value[0, 2:]).all()
    assert whole.value[0, :2] == pytest.approx(part.value[0])


@pytest.mark.parametrize("truly", [0.0, 0.1, 0.3, 0.6])
def test_four_of_five_intervals_hold_the_truth_however_far_the_segments_lie_apart(truly: float) -> None:
    rng = np.random.default_rng(5)
    true = rng.normal(0, truly, (4000, 5))
    variance = rng.uniform(0.02, 0.2, true.shape)
    drawn = draw(rng.normal(true, np.sqrt(variance)), variance, np.full(4000, 1.0))
    held = np.abs(drawn.value - true) <= ndtri(0.9) * drawn.error
    assert 0.795 <= held.mean() <= (0.95 if truly < 0.3 else 0.86)


def test_the_region_stays_as_it_is_and_segments_lie_between_it_and_their_own() -> None:
    world = make_world(np.random.default_rng(3), size=150, scales=2, multis=2)
    analysis = analyse(world.round, tally(world.answers(90)))
    shown = np.ones(analysis.means.value.shape, dtype=bool)
    own, drawn = analysis.means.value, shrunk_means(analysis, shown).value
    assert drawn[:, 0] == pytest.approx(own[:, 0])
    inside = (drawn - own) * (drawn - own[:, :1]) <= 1e-12
    assert (inside | np.isnan(drawn)).all()
    gaps = shrunk_gaps(analysis, shown)
    assert (np.abs(gaps.value) <= np.abs(analysis.gaps.value) + 1e-12)[~np.isnan(gaps.value)].all()
