"""Layers: the tallies of a round by the step between releases at which each value came in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.survey.tallies import MOMENTS, CellKey, Tallies, check_items, places
from services.survey.wholes import Wholes, sum_at, zeros

Ints = npt.NDArray[np.int64]

LIVE = 2**31 - 1
SEALS = 2**256


class Layer(NamedTuple):
    """The values of a cell that came in at step `first` and were replaced at step `until`, or live.

    Step s lies between the releases number s and s + 1, counted from 1.
    """

    cell: CellKey
    first: int
    until: int = LIVE


@dataclass(frozen=True)
class Layers:
    """Sums by layer and item, exact: whatever the history, they are what a rebuild gives, bit for bit.

    A unit's value of an item lies in the layer of its last answer to it. Of values that were replaced only
    how many there are is kept.

    arrived, newest: by layer, the units of which the first, the last answer came at that step. sums: moments
    × layers × items. seals: by layer, the sum of the keyed hashes of the answers that came at that step.
    """

    items: tuple[str, ...]
    scales: Ints
    keys: tuple[Layer, ...]
    arrived: Ints
    newest: Ints
    sums: Wholes
    seals: tuple[int, ...]

    @property
    def units(self) -> int:
        """All answering units."""
        return int(self.arrived.sum())

    def units_since(self, step: int) -> int:
        """Units that answered at that step or later, again or for the first time."""
        return int(self.newest[[key.first >= step for key in self.keys]].sum())

    def live(self, since: int = 0) -> Tallies:
        """The tallies of the values that live and came at that step or later; cells of which some did."""
        chosen = [i for i, key in enumerate(self.keys) if key.until == LIVE and key.first >= since]
        cells = tuple(sorted({self.keys[i].cell for i in chosen}))
        chosen.sort(key=lambda i: self.keys[i].cell)
        starts = np.searchsorted(places([self.keys[i].cell for i in chosen], cells), np.arange(len(cells)))
        counts = np.add.reduceat(self.arrived[chosen], starts) if chosen else np.zeros(0, dtype=np.int64)
        sums = self.sums if len(chosen) == len(self.keys) else self.sums[:, chosen]
        return Tallies(
            items=self.items,
            cell_keys=cells,
            counts=counts,
            sums=sums.by_group(starts, axis=1) if chosen else sums,
            scales=self.scales,
        )

    def replaced(self) -> dict[Layer, Ints]:
        """How many values of each item were replaced, by layer."""
        units = list(MOMENTS).index("units")
        ended = [i for i, key in enumerate(self.keys) if key.until != LIVE]
        return {self.keys[i]: self.sums[units, i].floats().astype(np.int64) for i in ended}

    def seal(self, key: bytes, about: str, within: Callable[[CellKey], bool], until: int) -> str:
        """The keyed hash of all answers in some cells that came before a step.

        Without the key nobody can test whether a certain answer is among them. `about` names what they stand
        behind.
        """
        pairs = zip(self.keys, self.seals, strict=True)
        total = sum(seal for layer, seal in pairs if layer.first < until and within(layer.cell)) % SEALS
        return hmac.new(key, about.encode() + b"\n" + total.to_bytes(32, "big"), hashlib.sha256).hexdigest()

    def same(self, other: Layers) -> bool:
        """Whether they are equal, bit for bit."""
        parts = ("items", "keys", "seals")
        plain = all(getattr(self, part) == getattr(other, part) for part in parts)
        return (
            plain
            and bool((self.arrived == other.arrived).all())
            and bool((self.newest == other.newest).all())
            and self.sums.equals(other.sums)
        )

    def __add__(self, other: Layers) -> Layers:
        """Those of both; no unit may be in both."""
        return add_up([self, other])

    def __sub__(self, other: Layers) -> Layers:
        """What is left when the units of `other` are taken out."""
        return add_up([self, other], [1, -1])


def no_layers(items: tuple[str, ...], scales: Ints) -> Layers:
    """The layers of a round that nobody has answered."""
    nobody = np.zeros(0, dtype=np.int64)
    return Layers(items, scales, (), nobody, nobody, zeros((len(MOMENTS), 0, len(items))), ())


def add_up(parts: Sequence[Layers], signs: Sequence[int] = ()) -> Layers:
    """The sum of several, with signs (default: all +1); layers of which nothing is left go."""
    for part in parts:
        check_items(parts[0].items, part.items)
    signed = list(zip(parts, signs or (1,) * len(parts), strict=True))
    keys = sorted({key for part in parts for key in part.keys})
    spots = [places(part.keys, keys) for part in parts]
    arrived, newest = (np.zeros(len(keys), dtype=np.int64) for _ in range(2))
    seals = [0] * len(keys)
    for (part, sign), place in zip(signed, spots, strict=True):
        arrived[place] += sign * part.arrived
        newest[place] += sign * part.newest
        for index, seal in zip(place.tolist(), part.seals, strict=True):
            seals[index] = (seals[index] + sign * seal) % SEALS
    amounts = [part.sums if sign > 0 else -part.sums for part, sign in signed]
    sums = sum_at(list(zip(amounts, spots, strict=True)), len(keys))
    some = sums.digits.any(axis=(0, 1, 3)) | (arrived != 0) | (newest != 0)
    stay = np.flatnonzero(some | np.array([seal != 0 for seal in seals], dtype=bool))
    return Layers(
        items=parts[0].items,
        scales=parts[0].scales,
        keys=tuple(keys[i] for i in stay),
        arrived=arrived[stay],
        newest=newest[stay],
        sums=sums if len(stay) == len(keys) else sums[:, stay],
        seals=tuple(seals[i] for i in stay),
    )
