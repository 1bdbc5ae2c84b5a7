"""Counting: answers become layers of tallies, in arrays, a few thousand units at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet, Erased
from services.survey.layers import SEALS, Layer, Layers, add_up, no_layers
from services.survey.tallies import MOMENTS, Tallies
from services.survey.wholes import Wholes, join, sums_of_products, wholes, zeros

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_UNITS_AT_A_TIME = 4096


@dataclass(frozen=True)
class Counted:
    """All that was counted of a round: its layers, the units that were erased, and the last number seen.

    people: the answers of a round of people some of whom named their organisation.
    """

    layers: Layers
    erased: tuple[Erased, ...]
    watermark: int
    people: AnswerSet | None = None


def counted(answers: AnswerSet, watermarks: Sequence[int] = (), key: bytes = b"") -> Counted:
    """Count a set of answers; see `count`."""
    people = None if answers.clusters is None else answers
    return Counted(count(answers, watermarks, key), answers.erased, answers.watermark, people)


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
    parts = [_counted(rows, units, len(watermarks) + 1) for units in rows.chunks()]
    if key:
        parts.append(_sealed(rows, key))
    return parts[0] if len(parts) == 1 else add_up(parts)


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

    squares: of the distances of their answers from it; None where no unit answered twice. last: the step of
    the last answer, -1 for none. came: steps × units × items. arrivals: the number of a unit's first answer.
    """

    value: Ints
    n: Ints
    squares: Wholes | None
    last: Ints
    came: Bools
    arrivals: Ints


def _counted(rows: _Rows, units: range, steps: int) -> Layers:
    """The layers of some units."""
    cells, keys = rows.cells[units.start : units.stop], rows.answers.cell_keys
    said, part = _values(rows, units, steps), slice(rows.first[units.start], rows.first[units.stop])
    starts = rows.first[units.start : units.stop] - part.start
    first, newest = rows.step[part][starts], np.maximum.reduceat(rows.step[part], starts)
    found: dict[Layer, tuple[int, int, Wholes]] = {}
    for step in range(steps):
        live = said.last == step
        came = np.column_stack([first == step, newest == step])
        chosen = np.flatnonzero(live.any(axis=1) | came.any(axis=1))
        names, groups = np.unique(cells[chosen], return_index=True)
        sums = _sums(said, rows.answers.scales, (chosen, live[chosen]), groups)
        met = np.add.reduceat(came[chosen], groups, axis=0, dtype=np.int64) if len(chosen) else came[:0]
        for index, (cell, (arrived, latest)) in enumerate(zip(names, met.tolist(), strict=True)):
            found[Layer(keys[cell], step)] = arrived, latest, sums[:, index]
        for until, gone in _replaced(said.came, step):
            for cell in np.unique(cells[gone.any(axis=1)]):
                found[Layer(keys[cell], step, until)] = 0, 0, _only_units(gone[cells == cell].sum(axis=0))
    return _layers(rows.answers, found)


def _values(rows: _Rows, units: range, steps: int) -> _Values:
    part = slice(rows.first[units.start], rows.first[units.stop])
    starts = rows.first[units.start : units.stop] - part.start
    values, step = rows.answers.values[rows.order[part]], rows.step[part]
    given = ~np.isnan(values)
    scaled = np.rint(np.nan_to_num(values) * rows.answers.scales).astype(np.int64)
    n = _by_unit(np.add, given.astype(np.int64), starts)
    value, squares = _rounded(_by_unit(np.add, scaled, starts), n), None
    if len(starts) < len(values):
        of_unit = rows.units[part] - units.start
        apart = np.where(given & (n > 1)[of_unit], scaled - value[of_unit], 0)
        squares = sums_of_products([apart, apart], starts)
    came = np.array([_by_unit(np.logical_or, given & (step == s)[:, None], starts) for s in range(steps)])
    last = np.where(n > 0, steps - 1 - np.argmax(came[::-1], axis=0), -1)
    return _Values(value, n, squares, last, came, rows.answers.seqs[rows.order[part]][starts])


def _by_unit(how: np.ufunc, values: npt.NDArray[Any], starts: Ints) -> npt.NDArray[Any]:
    return values if len(starts) == len(values) else how.reduceat(values, starts, axis=0)


def _sums(said: _Values, scales: Ints, live: tuple[Ints, Bools], groups: Ints) -> Wholes:
    """Each of MOMENTS over groups of some units, as far as they are live: moments × groups × items."""
    units, here = live
    n, value = said.n[units] * here, said.value[units] * here
    present = np.minimum(n, 1)
    arrival = said.arrivals[units, None] * present
    factors = {
        "units": [present],
        "y": [value],
        "yy": [value, value],
        "yyy": [value, value, value],
        "inverse": [_rounded(scales * present, n)],
        "spare": [n - present],
        "t": [arrival],
        "tt": [arrival, arrival],
        "ty": [arrival, value],
    }
    made = {name: sums_of_products(of_one, groups) for name, of_one in factors.items()}
    made["within"] = zeros(made["units"].shape)
    if said.squares is not None and len(units):
        made["within"] = Wholes(said.squares.digits[:, units] * here).by_group(groups)
    return join([made[name] for name in MOMENTS])


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
    """total / n to the nearest whole number, 0 where n is 0 (and the total with it)."""
    if n.max(initial=0) <= 1:
        return total
    share = np.maximum(n, 1)
    return np.asarray((2 * total + share) // (2 * share), dtype=np.int64)
