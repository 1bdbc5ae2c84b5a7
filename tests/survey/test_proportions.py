"""Intervals of proportions hold between 0 and 1, and say when they cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import betainc, stdtrit

from services.survey.designs import design_of, drawn, drawn_alone
from services.survey.proportions import Method, Proportion, interval, proportion

BOUNDED: list[Method] = ["logit", "arcsine", "beta", "wilson"]


def share(ones: int, rows: int) -> Proportion:
    y = np.arange(rows) < ones
    return proportion(design_of(drawn_alone(rows), np.ones(rows)), y.astype(float))


@pytest.mark.parametrize("method", BOUNDED)
@pytest.mark.parametrize("ones", [1, 4, 19])
def test_intervals_lie_between_0_and_1_and_around_the_share(method: Method, ones: int) -> None:
    low, high = interval(share(ones, 20), method)
    assert 0 <= low < ones / 20 < high <= 1


@pytest.mark.parametrize("method", ["beta", "wilson"])
def test_where_all_agree_the_interval_is_that_of_as_many_rows(method: Method) -> None:
    low, high = interval(share(20, 20), method)
    assert high == 1
    assert 0.75 < low < 0.88
    assert interval(share(0, 20), method) == pytest.approx((0, 1 - low))


@pytest.mark.parametrize("method", ["logit", "arcsine"])
def test_a_transformed_share_says_nothing_where_all_agree(method: Method) -> None:
    assert np.isnan(interval(share(20, 20), method)).all()


def test_the_beta_interval_of_a_simple_sample_is_clopper_and_pearsons() -> None:
    found = share(4, 20)
    low, high = interval(found, "beta")
    n = 19  # p (1 - p) over s² / n is n - 1
    assert 1 - betainc(n * 0.2, n * 0.8 + 1, low) == pytest.approx(0.975)
    assert betainc(n * 0.2 + 1, n * 0.8, high) == pytest.approx(0.975)


def test_the_wilson_interval_is_where_the_score_test_turns() -> None:
    found = share(4, 20)
    for bound in interval(found, "wilson"):
        score = (found.value - bound) / math.sqrt(bound * (1 - bound) / found.effective)
        assert abs(score) == pytest.approx(stdtrit(19, 0.975))


def test_clusters_that_agree_leave_fewer_effective_rows() -> None:
    clusters = np.repeat(np.arange(10), 5)
    y = (clusters < 4).astype(float)
    alone = proportion(design_of(drawn_alone(50), np.ones(50)), y)
    clustered = proportion(design_of(drawn([clusters]), np.ones(50)), y)
    assert clustered.effective == pytest.approx(9)
    assert alone.effective == pytest.approx(49)
    wide = interval(clustered, "beta")
    assert wide[1] - wide[0] > interval(alone, "beta")[1] - interval(alone, "beta")[0]


def test_missing_answers_are_not_among_the_rows() -> None:
    y = np.array([1.0, 0.0, np.nan, 1.0, np.nan])
    found = proportion(design_of(drawn_alone(5), np.ones(5)), y)
    assert (found.rows, found.degrees) == (3, 2)
    assert found.value == pytest.approx(2 / 3)


@pytest.mark.parametrize("method", [*BOUNDED, "wald"])
def test_nobody_or_one_row_gives_no_interval(method: Method) -> None:
    nobody = proportion(design_of(drawn_alone(5), np.ones(5)), np.full(5, np.nan))
    assert np.isnan(interval(nobody, method)).all()
    one = proportion(design_of(drawn_alone(5), np.ones(5)), np.array([1.0, *[np.nan] * 4]))
    assert np.isnan(interval(one, method)).all()


@pytest.mark.parametrize("method", ["beta", "wilson"])
def test_a_share_that_is_known_is_its_own_interval(method: Method) -> None:
    known = Proportion(value=0.3, variance=0.0, degrees=9, rows=10, kish=10)
    assert interval(known, method) == (0.3, 0.3)
