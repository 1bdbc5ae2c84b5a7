"""Counting: answers become layers of tallies, in arrays, a few thousand units at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet, Erased
from services.survey.layers import SEALS, Layer, Layers, no_layers
from services.survey.tallies import MOMENTS, Tallies
from services.survey.wholes import Wholes, join, wholes, zeros

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_UNITS_AT_A_TIME = 4096


@dataclass(frozen=True)
class Counted:
    """All that was counted of a round: its layers, the units that were erased, and the last number seen."""

    layers: Layers
    erased: tuple[Erased, ...]
    watermark: int


def counted(answers: AnswerSet, watermarks: Sequence[int] = (), key: bytes = b"") -> Counted:
    """Count a set of answers; see `count`."""
    return Counted(count(answers, watermarks, key), answers.erased, answers.watermark)


def tally(answers: AnswerSet) -> Tallies:
    """The tallies of a set of answers."""
    return count(answers).live()


def count(answers: AnswerSet, watermarks: Sequence[int] = (), key: bytes = b"") -> Layers:
    """The layers of a set of answers.

    watermarks: of the releases made so far, in order. key: of the seals; without one they are not made.
    """
    nobody = no_layers(answers.items, answers.scales)
    if not len(answers.ids):
        return nobody
    rows = _Rows(answers, np.searchsorted(watermarks, answers.seqs).astype(np.int64))
    total = nobody
    for units in rows.chunks():
        total = total + _counted(rows, units, len(watermarks) + 1)
    return total if not key else total + _sealed(rows, key)


class _Rows:
    """The answers in the order of their units, and those in the order of their cells.

    step: of each answer. first: of each unit, its first row. cells: of units.
    """

    def __init__(self, answers: AnswerSet, step: Ints) -> None:
        units = np.unique(answers.units, return_inverse=True)[1]
        first = np.unique(units, return_index=True)[1]
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(answers.cells[first], kind="stable")] = np.arange(len(first))
        self.answers = answers
        self.order = np.argsort(rank[units], kind="stable")
        self.units = rank[units][self.order]
        self.step = step[self.order]
        self.first = np.searchsorted(self.units, np.arange(len(first) + 1))
        self.cells = answers.cells[self.order][self.first[:-1]]

    def chunks(self) -> Iterator[range]:
        """The units, some at a time."""
        bounds = [*range(0, len(self.cells), _UNITS_AT_A_TIME), len(self.cells)]
        return (range(low, high) for low, high in pairwise(bounds))


@dataclass(frozen=True)
class _Values:
    """What some units say. value: scaled, 0 where they did not answer; n: their answers; both units × items.

    squares: of the distances of their answers from it. last: the step of the last answer, -1 for none. came:
    steps × units × items.
    """

    value: Ints
    n: Ints
    squares: Wholes
    last: Ints
    came: Bools


def _counted(rows: _Rows, units: range, steps: int) -> Layers:
    """The layers of some units."""
    scales, cells = rows.answers.scales, rows.cells[units.start : units.stop]
    said, part = _values(rows, units, steps), slice(rows.first[units.start], rows.first[units.stop])
    arrivals = rows.answers.seqs[rows.order[rows.first[units.start : units.stop]]]
    starts = rows.first[units.start : units.stop] - part.start
    first, newest = rows.step[part][starts], np.maximum.reduceat(rows.step[part], starts)
    moments = _moments(said, arrivals, scales)
    found: dict[Layer, tuple[int, int, Wholes]] = {}
    names = [rows.answers.cell_keys[cell] for cell in range(len(rows.answers.cell_keys))]
    for step in range(steps):
        live = said.last == step
        groups = np.flatnonzero(live.any(axis=1) | (first == step) | (newest == step))
        for cell, sums in _by_cell(moments, live, cells, groups):
            here = cells == cell
            arrived, latest = int((here & (first == step)).sum()), int((here & (newest == step)).sum())
            found[Layer(names[cell], step)] = arrived, latest, sums
        for until, gone in _replaced(said.came, step):
            for cell in np.unique(cells[gone.any(axis=1)]):
                found[Layer(names[cell], step, until)] = 0, 0, _only_units(gone[cells == cell].sum(axis=0))
    return _layers(rows.answers, found)


def _values(rows: _Rows, units: range, steps: int) -> _Values:
    part = slice(rows.first[units.start], rows.first[units.stop])
    starts = rows.first[units.start : units.stop] - part.start
    values, step = rows.answers.values[rows.order[part]], rows.step[part]
    of_unit = rows.units[part] - units.start
    given = ~np.isnan(values)
    scaled = np.rint(np.nan_to_num(values) * rows.answers.scales).astype(np.int64)
    n = np.add.reduceat(given.astype(np.int64), starts, axis=0)
    value = _rounded(np.add.reduceat(scaled, starts, axis=0), n)
    if len(starts) == len(of_unit):
        squares = zeros(value.shape)
    else:
        apart = wholes(np.where(given & (n > 1)[of_unit], scaled - value[of_unit], 0))
        squares = (apart * apart).by_group(starts)
    came = np.array(
        [np.logical_or.reduceat(given & (step == s)[:, None], starts, axis=0) for s in range(steps)]
    )
    last = np.where(n > 0, steps - 1 - np.argmax(came[::-1], axis=0), -1)
    return _Values(value, n, squares, last, came)


def _moments(said: _Values, arrivals: Ints, scales: Ints) -> list[Wholes]:
    """The contribution of each unit to each of MOMENTS, in their order: units × items."""
    present = np.minimum(said.n, 1)
    value, arrival = wholes(said.value), wholes(arrivals[:, None] * present)
    square = value * value
    return [
        wholes(present),
        value,
        square,
        square * value,
        wholes(_rounded(scales * present, said.n)),
        said.squares,
        wholes(said.n - present),
        arrival,
        arrival * arrival,
        arrival * value,
    ]


def _by_cell(moments: list[Wholes], live: Bools, cells: Ints, units: Ints) -> Iterator[tuple[int, Wholes]]:
    """For each cell of some units the sums of what is live: moments × items."""
    if not len(units):
        return
    names, starts = np.unique(cells[units], return_index=True)
    sums = join([Wholes(m.digits[:, units] * live[units]).by_group(starts) for m in moments])
    for index, cell in enumerate(names):
        yield int(cell), sums[:, index]


def _replaced(came: Bools, first: int) -> Iterator[tuple[int, Bools]]:
    """Which values that came at a step were replaced, by the step at which they were."""
    open_ = came[first].copy()
    for until in range(first + 1, len(came)):
        gone = open_ & came[until]
        if gone.any():
            yield until, gone
        open_ &= ~came[until]


def _only_units(counts: Ints) -> Wholes:
    sums = zeros((len(MOMENTS), len(counts)))
    sums.digits[:, list(MOMENTS).index("units")] = wholes(counts.astype(np.int64)).digits
    return sums


def _layers(answers: AnswerSet, found: dict[Layer, tuple[int, int, Wholes]]) -> Layers:
    keys = sorted(found)
    return Layers(
        items=answers.items,
        scales=answers.scales,
        keys=tuple(keys),
        arrived=np.array([found[key][0] for key in keys], dtype=np.int64),
        newest=np.array([found[key][1] for key in keys], dtype=np.int64),
        sums=Wholes(np.stack([found[key][2].digits for key in keys], axis=2)),
        seals=(0,) * len(keys),
    )


def _sealed(rows: _Rows, key: bytes) -> Layers:
    """Layers of nothing but seals."""
    answers, seals = rows.answers, dict[Layer, int]()
    for row, unit, step in zip(rows.order.tolist(), rows.units.tolist(), rows.step.tolist(), strict=True):
        layer = Layer(answers.cell_keys[rows.cells[unit]], step)
        text = answers.ids[row].encode() + b"\n" + answers.values[row].astype("<f8").tobytes()
        hashed = hashlib.blake2b(text, key=key, digest_size=32).digest()
        seals[layer] = (seals.get(layer, 0) + int.from_bytes(hashed, "big")) % SEALS
    keys, nothing = sorted(seals), no_layers(answers.items, answers.scales)
    return Layers(
        items=answers.items,
        scales=answers.scales,
        keys=tuple(keys),
        arrived=np.zeros(len(keys), dtype=np.int64),
        newest=np.zeros(len(keys), dtype=np.int64),
        sums=zeros((len(MOMENTS), len(keys), len(nothing.items))),
        seals=tuple(seals[layer] for layer in keys),
    )


def _rounded(total: Ints, n: Ints) -> Ints:
    """total / n to the nearest whole number, 0 where n is 0."""
    share = np.maximum(n, 1)
    return np.asarray((2 * total + share) // (2 * share), dtype=np.int64)
