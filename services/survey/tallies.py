"""Tallies: everything about the answers of a round that its estimates need, as exact sums by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from services.survey.wholes import Wholes, sum_at, zeros

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CellKey = tuple[str, ...]

# Divisible by 1…16: the mean of up to 16 whole-numbered answers of a unit is kept without rounding.
SCALE = 720720
_LARGEST = 2**33

# Sums over the units of a cell that answered an item; the number is the power of its scale they are kept at.
MOMENTS = {
    "units": 0,  # how many
    "y": 1,  # Σ of their values (the mean of each unit's answers)
    "yy": 2,
    "yyy": 3,
    "inverse": 1,  # Σ 1 / answers of the unit
    "within": 2,  # Σ of squared distances of answers from their unit's value
    "spare": 0,  # Σ (answers of the unit - 1)
    "t": 0,  # Σ of the numbers under which the units' first answers came in
    "tt": 0,
    "ty": 1,
}


def scale_of(low: float, high: float) -> int:
    """What the values of an item with this range are multiplied by before they are rounded to whole numbers.

    Less where values are so large that their cubes would not fit.
    """
    scale = SCALE
    while max(abs(low), abs(high)) * scale > _LARGEST and scale > 1:
        scale //= 2
    return scale


@dataclass(frozen=True)
class Tallies:
    """Sums by cell and item, exact: adding and subtracting gives what a rebuild would give, bit for bit.

    counts: units by cell, whether or not they answered a given item. sums: moments × cells × items, each at a
    power of the item's scale. scales: by item.
    """

    items: tuple[str, ...]
    cell_keys: tuple[CellKey, ...]
    counts: Ints
    sums: Wholes
    scales: Ints

    def moment(self, name: str) -> Floats:
        """One of MOMENTS in the units of the question: cells × items."""
        if name not in self._moments:
            scale = self.scales.astype(np.float64) ** MOMENTS[name]
            self._moments[name] = self.sums[list(MOMENTS).index(name)].floats() / scale
        return self._moments[name]

    @cached_property
    def _moments(self) -> dict[str, Floats]:
        return {}

    def among(self, cell_keys: tuple[CellKey, ...]) -> Tallies:
        """The same tallies on a wider list of cells, with nobody in those that are new."""
        place = places(self.cell_keys, cell_keys)
        counts = np.zeros(len(cell_keys), dtype=np.int64)
        counts[place] = self.counts
        return Tallies(self.items, cell_keys, counts, spread(self.sums, place, len(cell_keys)), self.scales)

    def __add__(self, other: Tallies) -> Tallies:
        """The tallies of both sets of units; no unit may be in both."""
        return _combined(self, other, 1)

    def __sub__(self, other: Tallies) -> Tallies:
        """What is left when the units of `other` are taken out; cells without units go."""
        return _combined(self, other, -1)


def places(keys: Sequence[object], among: Sequence[object]) -> Ints:
    """Where each key stands in a wider list."""
    place = {key: index for index, key in enumerate(among)}
    return np.array([place[key] for key in keys], dtype=np.int64)


def spread(sums: Wholes, place: Ints, size: int) -> Wholes:
    """Moments × cells × items on a wider list of cells."""
    moments, _, items = sums.shape
    wide = zeros((moments, size, items))
    wide.digits[:, :, place] = sums.digits
    return wide


def check_items(left: tuple[str, ...], right: tuple[str, ...]) -> None:
    """Tallies of different items cannot be combined.

    Raises:
        ValueError: they are different.
    """
    if left != right:
        raise ValueError("tallies of different items cannot be combined")


def _combined(left: Tallies, right: Tallies, sign: int) -> Tallies:
    check_items(left.items, right.items)
    keys = tuple(sorted({*left.cell_keys, *right.cell_keys}))
    here, there = places(left.cell_keys, keys), places(right.cell_keys, keys)
    counts = np.zeros(len(keys), dtype=np.int64)
    counts[here] += left.counts
    counts[there] += sign * right.counts
    sums = sum_at([(left.sums, here), (right.sums if sign > 0 else -right.sums, there)], len(keys))
    stay = np.flatnonzero(counts)
    return Tallies(
        items=left.items,
        cell_keys=tuple(keys[cell] for cell in stay),
        counts=counts[stay],
        sums=sums if len(stay) == len(keys) else sums[:, stay],
        scales=left.scales,
    )
