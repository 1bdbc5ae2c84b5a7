"""Weights add up to the frame, whatever the answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.rounds import Category, Dimension, Frame, Trim
from services.survey.weighting import CannotWeight, Weights, rake
from tests.survey.worlds import frame_of, words


def frame(*margins: dict[str, float]) -> Frame:
    return Frame(
        dimensions=tuple(
            Dimension(
                code=f"d{d}",
                label=words(f"Dimension {d}"),
                categories=tuple(
                    Category(code=code, label=words(code), count=count) for code, count in margin.items()
                ),
            )
            for d, margin in enumerate(margins)
        )
    )


def margin_sums(weights: Weights, cell_keys: list[tuple[str, ...]], dimension: int) -> dict[str, float]:
    sums: dict[str, float] = {}
    for key, weight, count in zip(cell_keys, weights.cell, weights.counts, strict=True):
        sums[key[dimension]] = sums.get(key[dimension], 0.0) + weight * count
    return sums


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_weights_meet_every_margin_of_the_frame(dimensions: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    population = rng.integers(0, 3, (300, dimensions))
    counted = frame_of(population)
    cells, counts = np.unique(population[rng.random(300) < 0.5], axis=0, return_counts=True)
    keys = [tuple(str(code) for code in cell) for cell in cells]
    weights = rake(counted, keys, counts)
    for index, dimension in enumerate(counted.dimensions):
        sums = margin_sums(weights, keys, index)
        for category in dimension.categories:
            assert sums[category.code] == pytest.approx(category.count, rel=1e-8)
    assert weights.total == pytest.approx(300, rel=1e-9)


def test_base_weights_keep_their_proportions_within_a_margin() -> None:
    keys = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    counts = np.array([5, 5, 5, 5])
    weights = rake(
        frame({"a": 60, "b": 40}), [key[:1] for key in keys], counts, np.array([1.0, 3.0, 1.0, 1.0])
    )
    assert weights.cell[1] / weights.cell[0] == pytest.approx(3.0)
    assert weights.total == pytest.approx(100)


def test_equal_weights_are_fully_efficient_and_unequal_ones_are_not() -> None:
    even = rake(frame({"a": 50, "b": 50}), [("a",), ("b",)], np.array([10, 10]))
    skewed = rake(frame({"a": 90, "b": 10}), [("a",), ("b",)], np.array([10, 10]))
    assert even.efficiency == pytest.approx(1.0)
    assert skewed.effective_n == pytest.approx(100**2 / (10 * 9**2 + 10 * 1**2))
    assert skewed.efficiency < 0.7


def test_a_category_that_nobody_answered_from_is_counted_with_the_nearest() -> None:
    sizes = frame({"small": 70, "middle": 20, "large": 10})
    weights = rake(sizes, [("small",), ("middle",)], np.array([10, 5]))
    assert [c.empty.en for c in weights.collapses] == ["large"]
    assert weights.collapses[0].into.en == "middle"
    assert margin_sums(weights, [("small",), ("middle",)], 0) == pytest.approx({"small": 70, "middle": 30})


def test_of_two_neighbours_as_near_the_earlier_takes_the_empty_category() -> None:
    weights = rake(frame({"a": 10, "b": 10, "c": 10}), [("a",), ("c",)], np.array([5, 5]))
    assert weights.collapses[0].into.en == "a"


def test_margins_that_contradict_the_answers_are_refused_by_the_category() -> None:
    contradictory = frame({"a": 90, "b": 10}, {"x": 10, "y": 90})
    with pytest.raises(
        CannotWeight, match=r"it counts \d+ in “\w” \(Dimension \d\), but .* can stand only for"
    ):
        rake(contradictory, [("a", "x"), ("b", "y")], np.array([5, 5]))


def test_a_cell_that_would_have_to_count_for_nobody_is_named() -> None:
    edge = frame({"a": 50, "b": 50}, {"x": 50, "y": 50})
    with pytest.raises(
        CannotWeight, match=r"from “a” \(Dimension 0\) and “y” \(Dimension 1\) counted for nobody"
    ):
        rake(edge, [("a", "x"), ("a", "y"), ("b", "y")], np.array([5, 5, 5]))


def test_a_dimension_without_counts_is_not_weighted_to() -> None:
    counted = frame({"a": 60, "b": 40}, {"x": 50, "y": 50})
    open_ = counted.dimensions[1].model_copy(
        update={
            "categories": tuple(
                c.model_copy(update={"count": None}) for c in counted.dimensions[1].categories
            )
        }
    )
    partly = counted.model_copy(update={"dimensions": (open_, counted.dimensions[0])})
    keys = [("x", "a"), ("y", "a"), ("x", "b")]
    weights = rake(partly, keys, np.array([10, 30, 20]))
    assert weights.cell == pytest.approx([1.5, 1.5, 2.0])
    assert weights.parameters == 2
    with pytest.raises(CannotWeight, match="does not have"):
        rake(partly, [("z", "a")], np.array([5]))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1.2, 4), st.floats(0, 0.8))
def test_trimmed_weights_keep_the_total_and_their_bounds(seed: int, upper: float, lower: float) -> None:
    rng = np.random.default_rng(seed)
    counted = frame({c: float(rng.integers(1, 500)) for c in "abcdef"})
    counts = rng.integers(1, 30, 6)
    trim = Trim(upper=upper, lower=lower)
    weights = rake(counted, [(c,) for c in "abcdef"], counts, trim=trim)
    mean = counted.size / counts.sum()
    assert weights.total == pytest.approx(counted.size, rel=1e-9)
    assert lower * mean * (1 - 1e-9) <= weights.cell.min()
    assert weights.cell.max() <= upper * mean * (1 + 1e-9)


def test_trimming_says_how_far_the_margins_are_missed() -> None:
    counted = frame({"a": 80, "b": 20})
    weights = rake(counted, [("a",), ("b",)], np.array([5, 15]), trim=Trim(upper=2))
    assert weights.cell == pytest.approx([10, 50 / 15])
    assert weights.raked == pytest.approx([16, 20 / 15])
    assert weights.trimmed is not None
    assert weights.trimmed.units == 5
    assert weights.trimmed.missed == pytest.approx(0.3)
    assert weights.efficiency > rake(counted, [("a",), ("b",)], np.array([5, 15])).efficiency


def test_weights_within_their_bounds_stay_as_raked() -> None:
    weights = rake(frame({"a": 60, "b": 40}), [("a",), ("b",)], np.array([5, 5]), trim=Trim(upper=2))
    assert weights.trimmed is None
    assert weights.raked is weights.cell


def test_a_round_without_answers_is_refused() -> None:
    with pytest.raises(CannotWeight, match="no answers"):
        rake(frame({"a": 10}), [], np.zeros(0, dtype=np.int64))


def test_a_category_that_the_frame_does_not_have_is_refused() -> None:
    with pytest.raises(CannotWeight, match="does not have"):
        rake(frame({"a": 10}), [("z",)], np.array([5]))
