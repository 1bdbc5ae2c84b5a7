"""Tallies: everything about the answers of a round that its estimates need, as exact sums by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Integers = npt.NDArray[np.object_]  # Python's own integers: they never overflow

# Divisible by 1…16: the mean of up to 16 whole-numbered answers of a unit is kept without rounding.
SCALE = 720720

# Sums over the units of a cell that answered an item; the number is the power of SCALE they are kept at.
MOMENTS = {
    "units": 0,  # how many
    "y": 1,  # Σ of their values (the mean of each unit's answers)
    "yy": 2,
    "yyy": 3,
    "inverse": 1,  # Σ 1 / answers of the unit
    "within": 2,  # Σ of squared distances of answers from their unit's value
    "spare": 0,  # Σ (answers of the unit - 1)
    "answers": 0,  # Σ answers of the unit
    "t": 0,  # Σ of the numbers under which the units' first answers came in
    "tt": 0,
    "ty": 1,
}


@dataclass(frozen=True)
class Tallies:
    """Sums by cell and item, exact: adding and subtracting gives what a rebuild would give, bit for bit.

    counts: units by cell, whether or not they answered a given item. sums: moments × cells × items.
    """

    items: tuple[str, ...]
    cell_keys: tuple[tuple[str, ...], ...]
    counts: Ints
    sums: Integers

    def moment(self, name: str) -> Floats:
        """One of MOMENTS in the units of the question: cells × items."""
        return self._moments[name]

    def among(self, cell_keys: tuple[tuple[str, ...], ...]) -> Tallies:
        """The same tallies on a wider list of cells, with nobody in those that are new."""
        return Tallies(self.items, cell_keys, _spread_counts(self, cell_keys), _spread(self, cell_keys))

    def exact(self, name: str) -> Integers:
        """One of MOMENTS as the scaled whole numbers that are kept: cells × items."""
        return np.asarray(self.sums[list(MOMENTS).index(name)], dtype=object)

    @cached_property
    def _moments(self) -> dict[str, Floats]:
        return {name: np.asarray(self.exact(name) / SCALE**power, float) for name, power in MOMENTS.items()}

    def __add__(self, other: Tallies) -> Tallies:
        """The tallies of both sets of units; no unit may be in both."""
        return _combined(self, other, 1)

    def __sub__(self, other: Tallies) -> Tallies:
        """What is left when the units of `other` are taken out; cells without units go."""
        return _combined(self, other, -1)


def tally(answers: AnswerSet) -> Tallies:
    """The tallies of a set of answers: one pass over the rows."""
    if not len(answers.ids):
        empty = np.zeros((len(MOMENTS), 0, len(answers.items)), dtype=object)
        return Tallies(answers.items, (), np.zeros(0, dtype=np.int64), empty)
    first = np.unique(answers.units, return_index=True)[1]
    cells = answers.cells[first]
    used = np.unique(cells)
    order = np.argsort(cells, kind="stable")
    starts = np.searchsorted(cells[order], used)
    sums = [np.add.reduceat(kept[order], starts, axis=0) for kept in _by_unit(answers, first)]
    return Tallies(
        items=answers.items,
        cell_keys=tuple(answers.cell_keys[cell] for cell in used),
        counts=np.bincount(cells)[used].astype(np.int64),
        sums=np.array(sums, dtype=object),
    )


def _by_unit(answers: AnswerSet, first: Ints) -> Iterator[Integers]:
    """The contribution of each unit to each of MOMENTS, in their order: units × items."""
    order = np.argsort(answers.units, kind="stable")
    units = np.searchsorted(np.unique(answers.units), answers.units[order])
    starts = np.searchsorted(units, np.arange(len(first)))
    given = ~np.isnan(answers.values[order])
    scaled = np.rint(np.nan_to_num(answers.values[order]) * SCALE).astype(np.int64)
    n = np.add.reduceat(given.astype(np.int64), starts, axis=0)
    present, mean = np.minimum(n, 1), _rounded(np.add.reduceat(scaled, starts, axis=0), n)
    apart = np.where(given & (n > 1)[units], scaled - mean[units], 0).astype(object)
    value, arrival = mean.astype(object), answers.seqs[first].astype(object)[:, None] * present.astype(object)
    yield present.astype(object)
    yield value
    yield value * value
    yield value * value * value
    yield _rounded(SCALE * present, n).astype(object)
    yield np.add.reduceat(apart * apart, starts, axis=0)
    yield (n - present).astype(object)
    yield n.astype(object)
    yield arrival
    yield arrival * arrival
    yield arrival * value


def _rounded(total: Ints, n: Ints) -> Ints:
    """total / n to the nearest whole number, 0 where n is 0."""
    share = np.maximum(n, 1)
    return np.asarray((2 * total + share) // (2 * share), dtype=np.int64)


def _combined(left: Tallies, right: Tallies, sign: int) -> Tallies:
    if left.items != right.items:
        raise ValueError("tallies of different items cannot be combined")
    keys = tuple(sorted({*left.cell_keys, *right.cell_keys}))
    sums, counts = _spread(left, keys), _spread_counts(left, keys)
    sums = sums + sign * _spread(right, keys)
    counts = counts + sign * _spread_counts(right, keys)
    stay = np.flatnonzero(counts)
    return Tallies(left.items, tuple(keys[i] for i in stay), counts[stay], sums[:, stay])


def _spread(tallies: Tallies, keys: tuple[tuple[str, ...], ...]) -> Integers:
    wide: npt.NDArray[Any] = np.zeros((len(MOMENTS), len(keys), len(tallies.items)), dtype=object)
    wide[:, [keys.index(key) for key in tallies.cell_keys]] = tallies.sums
    return wide


def _spread_counts(tallies: Tallies, keys: tuple[tuple[str, ...], ...]) -> Ints:
    wide = np.zeros(len(keys), dtype=np.int64)
    wide[[keys.index(key) for key in tallies.cell_keys]] = tallies.counts
    return wide
