"""A figure is told only of a group that is large and varied enough."""

from __future__ import annotations

import numpy as np

from services.survey.crowds import Answered, safety


def verdict(values: list[float], weights: list[float] | None = None) -> str:
    """The verdict on a group of units, each in a cell of its own."""
    y = np.array(values)
    weight = np.ones(len(y)) if weights is None else np.array(weights)
    answered = Answered(weight, np.ones(len(y)), y, y**2)
    return str(safety(answered, np.ones((1, len(y)), dtype=bool))[0])


def test_five_varied_units_are_enough_and_four_are_not() -> None:
    assert verdict([0.2, 0.5, 0.6, 0.8, 0.3]) == "fresh"
    assert verdict([0.2, 0.5, 0.6, 0.8]) == "small"
    assert verdict([]) == "empty"


def test_nobody_carries_more_than_half_of_the_weight() -> None:
    values = [0.2, 0.5, 0.6, 0.8, 0.3, 0.4, 0.7, 0.1]
    assert verdict(values, [7.1, 1, 1, 1, 1, 1, 1, 1]) == "dominated"
    assert verdict(values, [6.9, 1, 1, 1, 1, 1, 1, 1]) == "fresh"


def test_the_others_weigh_enough_to_hide_the_four_heaviest() -> None:
    values = [0.2, 0.5, 0.6, 0.8, 0.3]
    assert verdict(values, [1.3, 1.3, 1.3, 1.3, 1]) == "dominated"
    assert verdict(values, [1.2, 1.2, 1.2, 1.2, 1]) == "fresh"


def test_all_alike_tells_of_everybody() -> None:
    assert verdict([1.0] * 8) == "unanimous"
    assert verdict([0.0] * 8) == "unanimous"
    assert verdict([0.5] * 8) == "unanimous"


def test_nearly_all_alike_tells_of_nearly_everybody() -> None:
    assert verdict([0.0] * 9 + [0.5]) == "unanimous"
    assert verdict([0.0] * 9 + [1.0]) == "fresh"


def test_the_heavier_a_few_are_the_more_the_others_must_vary() -> None:
    values = [0.0] * 9 + [1.0]
    assert verdict(values, [3.0] * 4 + [1.0] * 6) == "unanimous"


def test_cells_count_with_all_their_units() -> None:
    answered = Answered(
        np.array([2.0, 1.0]), np.array([3.0, 4.0]), np.array([1.5, 2.0]), np.array([0.9, 1.2])
    )
    groups = np.array([[True, False], [False, True], [True, True]])
    assert safety(answered, groups).tolist() == ["small", "small", "fresh"]
