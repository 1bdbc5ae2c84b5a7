"""Quantiles by four definitions, with intervals that are read back through the distribution."""

from __future__ import annotations

import numpy as np
import pytest

from services.survey.designs import design_of, drawn_alone
from services.survey.quantiles import Definition, quantile

Y = np.arange(1.0, 101.0)


def test_equal_weights_give_the_usual_quantiles() -> None:
    design = design_of(drawn_alone(100), np.ones(100))
    for p in (0.13, 0.5, 0.755):
        for definition, method in ((1, "inverted_cdf"), (2, "averaged_inverted_cdf"), (7, "linear")):
            number: Definition = definition  # type: ignore[assignment]
            assert quantile(design, Y, p, number).value == pytest.approx(np.quantile(Y, p, method=method))
        assert quantile(design, Y, p, 4).value == pytest.approx(
            np.quantile(Y, p, method="interpolated_inverted_cdf")
        )


def test_a_weight_of_two_is_two_rows() -> None:
    heavy = design_of(drawn_alone(3), [1.0, 2.0, 1.0])
    assert quantile(heavy, np.array([1.0, 5.0, 9.0]), 0.6).value == 5


def test_the_interval_holds_the_quantile_and_half_of_the_rows_within_woodruffs_share() -> None:
    found = quantile(design_of(drawn_alone(100), np.ones(100)), Y, 0.5)
    assert found.low < found.value < found.high
    reach = 1.984 * np.sqrt(0.25 / 99)
    assert found.low == np.ceil(100 * (0.5 - reach))
    assert found.high == np.ceil(100 * (0.5 + reach))


def test_a_bound_beyond_the_data_is_not_known() -> None:
    found = quantile(design_of(drawn_alone(10), np.ones(10)), np.arange(10.0), 0.05)
    assert np.isnan(found.low)
    assert found.value == 0


def test_missing_values_and_empty_samples() -> None:
    gaps = np.where(Y > 50, np.nan, Y)
    design = design_of(drawn_alone(100), np.ones(100))
    assert quantile(design, gaps, 0.5).value == 25
    assert np.isnan(quantile(design, np.full(100, np.nan), 0.5).value)
    assert np.isnan(quantile(design.only(Y == 1), Y, 0.5).se)
