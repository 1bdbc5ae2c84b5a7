"""The audit says exactly which groups' totals the published sums pin, while sums are withheld."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from services.survey.audit import Amounts, Audit
from services.survey.thresholds import K

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SHARE = 0.5
TABLE = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]], dtype=float)
EACH = np.eye(4, dtype=bool)


def amounts(units: list[int], share: list[float], weight: list[float]) -> Amounts:
    n, w = np.array(units, dtype=float), np.array(weight)
    return Amounts(n, w, n * w * np.array(share))


def vary(figures: Floats, of: Amounts, group: Bools) -> float:
    """The greatest less the least total of a group, each by a program of its own."""
    ends = [
        linprog(
            sign * group.astype(float),
            A_eq=figures,
            b_eq=np.zeros(len(figures)),
            bounds=np.column_stack([-of.told, of.most - of.told]),
        ).fun
        for sign in (1, -1)
    ]
    return float(-sum(ends))


def test_a_small_cell_that_the_margins_leave_open_is_not_told() -> None:
    of = amounts([3, 9, 9, 9], [0.5] * 4, [1.0] * 4)
    audit = Audit(TABLE, of, EACH[:1], SHARE)
    assert list(audit.telling(np.ones(5, dtype=bool))) == []


def test_a_small_cell_beside_one_that_cannot_vary_is_told_by_their_sum() -> None:
    of = amounts([3, 9, 9, 9], [0.3, 0.0, 0.5, 0.5], [1.0] * 4)
    told = list(Audit(TABLE, of, EACH[:1], SHARE).telling(np.ones(5, dtype=bool)))
    assert len(told) == 1
    assert told[0]


def test_nothing_is_told_where_nothing_is_published() -> None:
    of = amounts([3, 9, 9, 9], [0.3, 0.0, 0.5, 0.5], [1.0] * 4)
    assert list(Audit(TABLE, of, EACH[:1], SHARE).telling(np.zeros(5, dtype=bool))) == []


def test_a_figure_taken_away_tells_no_longer() -> None:
    of = amounts([3, 9, 9, 9], [0.3, 0.0, 0.5, 0.5], [1.0] * 4)
    audit = Audit(TABLE, of, EACH[:1], SHARE)
    published = np.ones(5, dtype=bool)
    while told := list(audit.telling(published)):
        published[told[0][0]] = False
    assert vary(TABLE[published], of, EACH[0]) >= SHARE * of.most[0]


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Amounts, list[int]]:
    units = draw(st.lists(st.integers(1, 9), min_size=4, max_size=4))
    share = draw(st.lists(st.sampled_from([0.0, 0.02, 0.3, 0.5, 0.9, 1.0]), min_size=4, max_size=4))
    weight = draw(st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=4, max_size=4))
    return amounts(units, share, weight), draw(st.permutations(range(5)))


@settings(max_examples=80, deadline=None)
@given(scenes())
def test_what_is_told_is_what_programs_of_their_own_say_after_each_figure(
    scene: tuple[Amounts, list[int]],
) -> None:
    of, order = scene
    groups = np.vstack([EACH, [[True, False, False, True]]])
    groups = groups[groups @ of.units < K.value]
    audit, published = Audit(TABLE, of, groups, SHARE), np.ones(5, dtype=bool)
    for row in order:
        pinned = len(list(audit.telling(published)))
        assert pinned in set(_pinned(TABLE[published], of, groups))
        published[row] = False


def _pinned(figures: Floats, of: Amounts, groups: Bools) -> Iterator[int]:
    """How many are pinned; both answers where a range is just at the bound."""
    if not len(figures):
        yield 0
        return
    left = np.array([vary(figures, of, group) for group in groups])
    needed = SHARE * of.heaviest(groups)
    for slack in (-1e-6, 1e-6):
        yield int((left < needed + slack).sum())


def test_the_heaviest_of_a_group_are_counted_by_unit() -> None:
    of = amounts([3, 9, 1, 2], [0.5] * 4, [1.0, 2.0, 3.0, 0.5])
    assert of.heaviest(np.ones((1, 4), dtype=bool)) == pytest.approx([3.0 + 3 * 2.0])
