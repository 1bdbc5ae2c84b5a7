"""Calibrated weights meet the totals by every distance; what cannot be met is refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.calibrations import (
    Auxiliary,
    Distance,
    calibrate,
    linear,
    logit,
    margins,
    post_stratify,
    rake,
    raking,
    trim,
)
from services.survey.designs import CannotEstimate, Design, Labels, design_of, drawn_alone
from services.survey.linearised import mean, total

SIZES = np.array(["s", "s", "m", "m", "l", "l"] * 4, dtype=object)
AREAS = np.array(["n"] * 9 + ["e"] * 15, dtype=object)
COUNTS = {"size": {"s": 50.0, "m": 30.0, "l": 20.0}, "area": {"n": 60.0, "e": 40.0}}
LABELS: dict[str, Labels] = {"size": SIZES, "area": AREAS}


def sample() -> Design:
    return design_of(drawn_alone(24), np.linspace(2, 6, 24))


@pytest.mark.parametrize("distance", [linear(), linear(0.05, 4), raking(), logit(0.1, 4)])
def test_the_totals_are_met_by_every_distance(distance: Distance) -> None:
    known = margins(LABELS, COUNTS)
    design = calibrate(sample(), known, distance)
    assert design.weights @ known.columns == pytest.approx(known.totals, rel=1e-11)


@pytest.mark.parametrize("distance", [linear(0.35, 2.85), logit(0.35, 2.85)])
def test_factors_stay_within_their_bounds(distance: Distance) -> None:
    free = calibrate(sample(), margins(LABELS, COUNTS), linear()).weights / sample().weights
    assert free.min() < 0.34
    factor = calibrate(sample(), margins(LABELS, COUNTS), distance).weights / sample().weights
    assert factor.min() >= 0.35 - 1e-12
    assert factor.max() <= 2.85 + 1e-12


def test_bounds_that_leave_no_weights_are_refused_and_the_total_named() -> None:
    with pytest.raises(CannotEstimate, match="No weights meet the total of “"):
        calibrate(sample(), margins(LABELS, COUNTS), logit(0.9, 1.1))


def test_weights_that_would_not_be_above_zero_are_refused() -> None:
    steep = {"size": {"s": 96.0, "m": 2.0, "l": 2.0}, "area": {"n": 5.0, "e": 95.0}}
    with pytest.raises(CannotEstimate, match="not above zero"):
        calibrate(sample(), margins(LABELS, steep), linear())
    assert (rake(sample(), LABELS, steep).weights > 0).all()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_raking_is_iterative_proportional_fitting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels: dict[str, Labels] = {
        f"m{i}": np.append(rng.integers(0, 3, 60), [0, 1, 2]).astype(str) for i in range(3)
    }
    design = design_of(drawn_alone(63), rng.uniform(1, 9, 63))
    goal = rng.uniform(0.5, 2, 63) * design.weights
    counts = {n: {c: float(goal[of == c].sum()) for c in "012"} for n, of in labels.items()}
    weights = design.weights.copy()
    for _ in range(300):
        for name, of in labels.items():
            for category, count in counts[name].items():
                weights[of == category] *= count / weights[of == category].sum()
    assert rake(design, labels, counts).weights == pytest.approx(weights, rel=1e-9)


def test_margins_that_differ_in_total_are_refused() -> None:
    with pytest.raises(CannotEstimate, match="do not add up to the same total"):
        rake(sample(), LABELS, {**COUNTS, "area": {"n": 60.0, "e": 41.0}})


def test_a_category_without_rows_or_without_a_count_is_refused_by_name() -> None:
    empty = {"s": 40.0, "m": 30.0, "l": 20.0, "xl": 10.0}
    with pytest.raises(CannotEstimate, match="No row is in “size xl”"):
        rake(sample(), LABELS, {**COUNTS, "size": empty})
    with pytest.raises(CannotEstimate, match="the margin “size” does not have"):
        rake(sample(), LABELS, {**COUNTS, "size": {"s": 60.0, "m": 40.0}})


def test_margins_that_cannot_be_met_together_are_refused() -> None:
    one = np.array(["a"] * 12 + ["b"] * 12, dtype=object)
    counts = {"x": {"a": 60.0, "b": 40.0}, "y": {"a": 50.0, "b": 50.0}}
    with pytest.raises(CannotEstimate, match="No weights meet"):
        rake(sample(), {"x": one, "y": one}, counts)


def test_a_missing_auxiliary_is_refused_by_name() -> None:
    known = Auxiliary(("all", "staff"), np.column_stack([np.ones(24), [np.nan] * 24]), np.array([100.0, 5.0]))
    with pytest.raises(CannotEstimate, match="“staff” is missing"):
        calibrate(sample(), known, linear())


def test_what_is_calibrated_to_has_no_error_left_and_what_goes_with_it_less() -> None:
    rng = np.random.default_rng(4)
    y = (SIZES == "s") * 10 + rng.normal(size=24)
    design = rake(sample(), LABELS, COUNTS)
    assert total(design, (SIZES == "s").astype(float)).value[0] == pytest.approx(50)
    assert total(design, (SIZES == "s").astype(float)).se[0] == pytest.approx(0, abs=1e-10)
    assert mean(design, y).se[0] < 0.5 * mean(replace(design, calibrations=()), y).se[0]


def test_post_stratification_meets_every_cell_and_is_linear_calibration() -> None:
    cells = np.array([f"{s}{a}" for s, a in zip(SIZES, AREAS, strict=True)], dtype=object)
    counts = {cell: 10.0 + i for i, cell in enumerate(sorted(set(cells)))}
    design = post_stratify(sample(), cells, counts)
    for cell, count in counts.items():
        assert design.weights[cells == cell].sum() == pytest.approx(count)
    other = calibrate(sample(), margins({"cell": cells}, {"cell": counts}), linear())
    y = np.arange(24.0)
    assert mean(design, y).se[0] == pytest.approx(mean(other, y).se[0], rel=1e-10)
    with pytest.raises(CannotEstimate, match="No row is in “cell zz”"):
        post_stratify(sample(), cells, {**counts, "zz": 1.0})


def test_trimming_keeps_the_total_and_only_strictly_the_bounds() -> None:
    once, strictly = trim(sample(), 3, 4.2), trim(sample(), 3, 4.2, strict=True)
    assert once.weights.sum() == pytest.approx(sample().weights.sum())
    assert strictly.weights.sum() == pytest.approx(sample().weights.sum())
    assert strictly.weights.min() >= 3 - 1e-9
    assert strictly.weights.max() <= 4.2 + 1e-9
    assert trim(sample()).weights == pytest.approx(sample().weights)


def test_a_once_trimmed_weight_may_be_pushed_over_the_bound() -> None:
    design = design_of(drawn_alone(4), [1.0, 1.0, 3.9, 10.0])
    assert trim(design, 0, 4).weights.tolist() == pytest.approx([3, 3, 5.9, 4])
    assert trim(design, 0, 4, strict=True).weights.max() <= 4 + 1e-9


def test_bounds_without_room_are_refused() -> None:
    with pytest.raises(CannotEstimate, match="mean of the weights"):
        trim(sample(), 0, 3)
    with pytest.raises(CannotEstimate, match="Every weight lies outside"):
        trim(design_of(drawn_alone(4), [1.0, 1.0, 9.0, 9.0]), 4, 6)
