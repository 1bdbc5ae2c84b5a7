"""Totals, means, ratios and contrasts, with missing values, in domains."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import stdtrit

from services.survey.designs import Design, design_of, drawn_alone
from services.survey.linearised import (
    design_effect,
    indicators,
    mean,
    ratio,
    together,
    total,
    total_effect,
    variance,
)

Y = np.array([1.0, 4.0, 2.0, 7.0, 3.0, 9.0])
W = np.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0])
HALF = np.array([True, True, True, False, False, False])


def sample(weights: np.ndarray = W) -> Design:
    return design_of(drawn_alone(6), weights)


def test_a_missing_value_counts_for_nothing() -> None:
    gaps = np.where(np.arange(6) == 3, np.nan, Y)
    known = ~np.isnan(gaps)
    assert total(sample(), gaps).value[0] == pytest.approx((W * Y)[known].sum())
    assert mean(sample(), gaps).value[0] == pytest.approx((W * Y)[known].sum() / W[known].sum())


def test_each_column_has_its_own_missing_values() -> None:
    gaps = np.where(np.arange(6) == 3, np.nan, Y)
    both = mean(sample(), np.column_stack([gaps, Y]))
    assert both.value == pytest.approx([mean(sample(), gaps).value[0], mean(sample(), Y).value[0]])
    assert both.se == pytest.approx([mean(sample(), gaps).se[0], mean(sample(), Y).se[0]])


def test_what_nobody_answered_is_not_known_and_leaves_the_rest() -> None:
    nothing = np.full(6, np.nan)
    for kind in (mean, total, variance):
        figure = kind(sample(), np.column_stack([nothing, Y]))
        assert np.isnan([figure.value[0], figure.se[0]]).all()
        assert np.isfinite([figure.value[1], figure.se[1]]).all()
    assert np.isnan(mean(sample().only(np.zeros(6, dtype=bool)), Y).value[0])


def test_equal_values_have_no_error() -> None:
    assert mean(sample(), np.full(6, 3.0)).se[0] == pytest.approx(0, abs=1e-15)


def test_a_domain_of_unknown_size_is_less_sure_than_a_sample_of_its_own() -> None:
    design = sample(np.ones(6))
    inside = total(design.only(HALF), Y).se[0]
    alone = total(design_of(drawn_alone(3), np.ones(3)), Y[HALF]).se[0]
    padded = np.where(HALF, Y, 0.0)
    assert inside == pytest.approx(np.sqrt(6 * padded.var(ddof=1)))
    assert inside > alone


def test_a_ratio_of_proportional_columns_has_no_error() -> None:
    figure = ratio(sample(), 2 * Y, Y)
    assert figure.value[0] == pytest.approx(2)
    assert figure.se[0] == pytest.approx(0, abs=1e-15)


def test_a_ratio_is_of_the_rows_that_have_both() -> None:
    gaps = np.where(np.arange(6) == 3, np.nan, Y)
    expected = (W * 2 * Y)[~np.isnan(gaps)].sum() / (W * Y[::-1])[~np.isnan(gaps)].sum()
    assert ratio(sample(), 2 * gaps, Y[::-1]).value[0] == pytest.approx(expected)
    assert ratio(sample(), Y[::-1], 2 * gaps).value[0] == pytest.approx(1 / expected)


def test_a_ratio_to_nothing_is_not_known() -> None:
    assert np.isnan(ratio(sample(), Y, np.zeros(6)).value[0])


def test_a_difference_of_domains_is_that_of_their_influences() -> None:
    design = sample(np.ones(6))
    parts = together([mean(design.only(HALF), Y), mean(design.only(~HALF), Y)])
    difference = parts.contrast([[1, -1]])
    assert difference.value[0] == pytest.approx(Y[:3].mean() - Y[3:].mean())
    both = sum(part.var(ddof=0) / 3 for part in (Y[:3], Y[3:]))
    assert difference.se[0] ** 2 == pytest.approx(6 / 5 * both)


def test_a_contrast_is_known_where_its_own_figures_are() -> None:
    figures = mean(sample(), np.column_stack([Y, np.full(6, np.nan), Y[::-1]]))
    found = figures.contrast([[1, 0, -1], [1, -1, 0]])
    assert found.value[0] == pytest.approx(figures.value[0] - figures.value[2])
    assert np.isfinite(found.se[0])
    assert np.isnan([found.value[1], found.se[1]]).all()


def test_a_changed_figure_moves_by_its_slope() -> None:
    figure = mean(sample(), Y)
    logs = figure.changed(np.log(figure.value), 1 / figure.value)
    assert logs.se[0] == pytest.approx(figure.se[0] / figure.value[0])


def test_intervals_are_students_and_not_known_without_degrees_of_freedom() -> None:
    figure = mean(sample(), Y)
    low, high = figure.interval(0.1)
    assert high[0] - low[0] == pytest.approx(2 * stdtrit(5, 0.95) * figure.se[0])
    assert np.isnan(figure.interval(degrees=0)[0]).all()


def test_simple_random_sampling_has_no_design_effect() -> None:
    design = design_of(drawn_alone(6, None, 20))
    assert design_effect(design, Y)[0] == pytest.approx(1)
    assert total_effect(design, Y)[0] == pytest.approx(1)


def test_indicators_miss_what_is_no_category() -> None:
    found = indicators(np.array(["a", "b", "", "a"], dtype=object), ["a", "b"])
    assert found[[0, 1, 3]].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert np.isnan(found[2]).all()
