"""Intervals and p-values: exact where they can be, careful where they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm, t

from services.survey.intervals import (
    Uncertain,
    effective_units,
    figure_interval,
    gap_tail,
    mean_interval,
    mean_tail,
    share_interval,
    share_tail,
)


def figure(value: float, variance: float, **other: float) -> Uncertain:
    parts = {"df": 50.0, "skew": 0.0, "kish": 100.0, "most": 100.0, "covered": 0.0, "units": 100.0}
    parts |= other
    return Uncertain(np.array([value]), np.array([variance]), **{k: np.array([v]) for k, v in parts.items()})


ONE = np.array([1.0])


def test_a_mean_has_students_interval() -> None:
    low, high = mean_interval(figure(3.0, 0.04), 0.05)
    assert (low[0], high[0]) == pytest.approx(t.interval(0.95, 50, 3.0, 0.2))


def test_a_share_of_a_simple_sample_has_the_exact_binomial_interval() -> None:
    p, n = 0.3, 100
    low, high = share_interval(figure(p, p * (1 - p) / n, df=99.0), 0.05)
    assert binom.sf(29, n, low[0]) == pytest.approx(0.025)
    assert binom.cdf(30, n, high[0]) == pytest.approx(0.025)


def test_a_share_of_all_still_has_an_interval() -> None:
    low, high = share_interval(figure(1.0, 0.0, df=99.0), 0.05)
    assert high[0] == 1.0
    assert low[0] == pytest.approx(0.025 ** (1 / 100))


def test_the_interval_of_a_share_stays_between_none_and_all() -> None:
    for p in (0.0, 0.01, 0.5, 0.99, 1.0):
        low, high = share_interval(
            figure(p, p * (1 - p) / 20, units=20.0, kish=20.0, most=20.0, df=19.0), 0.0025
        )
        assert 0.0 <= low[0] <= p <= high[0] <= 1.0


def test_weighting_and_clusters_make_the_interval_of_a_share_wider() -> None:
    simple = share_interval(figure(0.5, 0.25 / 100), 0.05)
    clustered = share_interval(figure(0.5, 0.25 / 40), 0.05)
    assert clustered[0] < simple[0]
    assert clustered[1] > simple[1]


def test_a_share_is_never_worth_more_answers_than_it_can_be() -> None:
    assert effective_units(figure(0.5, 1e-9, df=99.0), 0.025)[0] == pytest.approx(100)
    assert effective_units(figure(0.5, 1e-9, df=99.0, most=170.0), 0.025)[0] == pytest.approx(170)


def test_where_all_agree_a_share_is_worth_kishs_number() -> None:
    assert effective_units(figure(1.0, 0.001, df=99.0, kish=60.0, most=170.0), 0.025)[0] == pytest.approx(60)


def test_means_and_shares_each_keep_their_own_interval() -> None:
    both = Uncertain(*(np.array(pair) for pair in ((3.0, 0.3), (0.04, 0.0021), *([[9.0, 9.0]] * 6))))
    low, _ = figure_interval(both, np.array([False, True]), 0.05)
    assert low[0] == mean_interval(both, 0.05)[0][0]
    assert low[1] == share_interval(both, 0.05)[0][1]


def test_a_p_value_without_skewness_is_students() -> None:
    p = mean_tail(figure(3.4, 0.04), 3.0 * ONE, ONE)
    assert p[0] == pytest.approx(t.sf(2.0, 50))


def test_the_p_value_grows_where_skewness_makes_a_high_mean_likelier_and_never_shrinks() -> None:
    plain = mean_tail(figure(3.4, 0.04), 3.0 * ONE, ONE)
    assert mean_tail(figure(3.4, 0.04, skew=-0.3), 3.0 * ONE, ONE)[0] > plain[0]
    assert mean_tail(figure(3.4, 0.04, skew=0.3), 3.0 * ONE, ONE)[0] == plain[0]


def test_the_two_sides_of_a_p_value_mirror_each_other() -> None:
    above = mean_tail(figure(3.4, 0.04, skew=0.2), 3.0 * ONE, ONE)
    below = mean_tail(figure(2.6, 0.04, skew=-0.2), 3.0 * ONE, -ONE)
    assert above[0] == pytest.approx(below[0])
    assert mean_tail(figure(3.4, 0.04), 3.0 * ONE, -ONE)[0] == pytest.approx(1 - t.sf(2.0, 50))


def test_equal_answers_have_no_p_value() -> None:
    assert np.isnan(mean_tail(figure(3.4, 0.0), 3.0 * ONE, ONE)[0])


def test_a_share_is_judged_by_the_exact_binomial_tail() -> None:
    p = share_tail(figure(0.95, 0.95 * 0.05 / 100, df=99.0), 0.9 * ONE, ONE)
    assert p[0] == pytest.approx(binom.sf(94, 100, 0.9))
    below = share_tail(figure(0.05, 0.95 * 0.05 / 100, df=99.0), 0.1 * ONE, -ONE)
    assert below[0] == pytest.approx(p[0])


def test_all_yes_is_no_proof_where_all_yes_is_likely() -> None:
    assert share_tail(figure(1.0, 0.0, units=20.0, kish=20.0, most=20.0, df=19.0), 0.9 * ONE, ONE)[
        0
    ] == pytest.approx(0.9**20)


def test_a_gap_counts_only_beyond_its_margin_and_both_ways() -> None:
    assert gap_tail(figure(0.1, 0.04), 0.2 * ONE)[0] > 0.5
    assert gap_tail(figure(0.8, 0.04), 0.2 * ONE)[0] == pytest.approx(2 * t.sf(3.0, 50))
    assert gap_tail(figure(-0.8, 0.04), 0.2 * ONE)[0] == pytest.approx(2 * t.sf(3.0, 50))
    assert gap_tail(figure(0.8, 0.04, df=1e9), 0.2 * ONE)[0] == pytest.approx(2 * norm.sf(3.0), rel=1e-6)
