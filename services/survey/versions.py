"""Versions: what changed in each cell between the releases of a round, counted without identities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.rounds import Frame
from services.survey.tallies import Tallies
from services.survey.weighting import CannotWeight, rake

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Atom:
    """Units of a cell that came and went together: behind the releases from `first` until before `until`."""

    cell: int
    first: int
    until: int


@dataclass(frozen=True)
class Versions:
    """Who stood behind each release, in numbers. Releases count from 0; the coming one is the last.

    changed: earlier releases × cells × items; at least so many units differ from that release to the coming
    one. newly: for each earlier release the tallies of the units that answered since. weights: earlier
    releases × cells, of one unit then, as far as the answers are left to tell. counts, sums: atoms × items,
    the units and Σ of their values; nan where the values are former ones or erased.
    """

    cell_keys: tuple[tuple[str, ...], ...]
    changed: Ints
    newly: tuple[Tallies, ...]
    weights: Floats
    atoms: tuple[Atom, ...]
    counts: Ints
    sums: Floats

    @property
    def coming(self) -> int:
        """The number of the coming release."""
        return len(self.changed)

    def alive(self, release: int) -> Bools:
        """Which atoms stood behind a release."""
        return np.array([atom.first <= release < atom.until for atom in self.atoms], dtype=bool)


@dataclass(frozen=True)
class _Gone:
    """An erased unit on the grid of releases."""

    erasure: str
    atom: Atom
    items: Bools


def versions(answers: AnswerSet, frame: Frame, watermarks: Sequence[int]) -> Versions:
    """What changed since each of the earlier releases, whose watermarks are given in order.

    Of erased units nobody knows whether two that went apart were the same; so only the largest single erasure
    counts as changed, and the true number is never smaller than the one given.
    """
    steps = np.asarray(watermarks, dtype=np.int64)
    names = [tuple(gone.segment[d.code] for d in frame.dimensions) for gone in answers.erased]
    keys = tuple(sorted({*answers.cell_keys, *names}))
    place = {key: index for index, key in enumerate(keys)}
    gone = _gone(answers, [place[name] for name in names], steps)
    came = _arrivals(answers, steps)
    cells = np.array([place[key] for key in answers.cell_keys], dtype=np.int64)[_cells_of_units(answers)]
    changed = np.zeros((len(steps), len(keys), len(answers.items)), dtype=np.int64)
    for release in range(len(steps)):
        np.add.at(changed[release], cells, came[release + 1 :].any(axis=0))
        changed[release] = np.maximum(
            changed[release], _largest_erasure(gone, release, changed[release].shape)
        )
    newly = tuple(tally(answers.of_changed_units(int(step))) for step in steps)
    counted = _live_atoms(came, cells, _values_of_units(answers))
    for unit in gone:
        before = counted.get(unit.atom, (np.zeros(len(unit.items), dtype=np.int64), None))[0]
        counted[unit.atom] = (before + unit.items, np.full(len(unit.items), np.nan))
    shape = (len(counted), len(answers.items))
    return Versions(
        cell_keys=keys,
        changed=changed,
        newly=newly,
        weights=np.array([_weights(answers.until(int(s)), frame, place) for s in steps]).reshape(
            -1, len(keys)
        ),
        atoms=tuple(counted),
        counts=np.array([counts for counts, _ in counted.values()], dtype=np.int64).reshape(shape),
        sums=np.array([sums for _, sums in counted.values()], dtype=np.float64).reshape(shape),
    )


def changed_units(answers: AnswerSet, watermark: int) -> int:
    """At least so many units answered, changed or went since a watermark."""
    came = len(np.unique(answers.units[answers.seqs > watermark]))
    return max(came, largest_erasure(answers, watermark))


def largest_erasure(answers: AnswerSet, watermark: int) -> int:
    """Units of the largest single erasure among answers that a release with this watermark had counted."""
    went = Counter(gone.erasure for gone in answers.erased if gone.since <= watermark < gone.seq)
    return max(went.values(), default=0)


def _cells_of_units(answers: AnswerSet) -> Ints:
    return answers.cells[np.unique(answers.units, return_index=True)[1]]


def _arrivals(answers: AnswerSet, steps: Ints) -> Bools:
    """Steps between releases × units × items: whether the unit answered the item in that step."""
    units = np.unique(answers.units, return_inverse=True)[1]
    shape = (len(steps) + 1, int(units.max(initial=-1)) + 1, len(answers.items))
    came = np.zeros(shape, dtype=bool)
    np.logical_or.at(came, (np.searchsorted(steps, answers.seqs), units), ~np.isnan(answers.values))
    return came


def _weights(early: AnswerSet, frame: Frame, place: Mapping[tuple[str, ...], int]) -> Floats:
    """The weights of an earlier release by cell, worked out from what is left of its answers."""
    weights = np.ones(len(place))
    first = np.unique(early.units, return_index=True)[1]
    used, counts = np.unique(early.cells[first], return_counts=True)
    keys = [early.cell_keys[cell] for cell in used]
    with suppress(CannotWeight):
        weights[[place[key] for key in keys]] = rake(frame, keys, counts).cell
    return weights


def _values_of_units(answers: AnswerSet) -> Floats:
    """The mean of each unit's answers, 0 where it gave none: units × items."""
    units = np.unique(answers.units, return_inverse=True)[1]
    shape = (int(units.max(initial=-1)) + 1, len(answers.items))
    total, n = np.zeros(shape), np.zeros(shape)
    np.add.at(total, units, np.nan_to_num(answers.values))
    np.add.at(n, units, ~np.isnan(answers.values))
    return total / np.maximum(n, 1)


def _live_atoms(came: Bools, cells: Ints, values: Floats) -> dict[Atom, tuple[Ints, Floats]]:
    """Every new answer of a unit ends its former value and starts another."""
    found: dict[Atom, tuple[Ints, Floats]] = {}
    last = len(came)
    for first in range(last):
        for until in range(first + 1, last + 1):
            quiet = ~came[first + 1 : until].any(axis=0)
            held = came[first] & quiet & (came[until] if until < last else True)
            for cell in np.unique(cells[held.any(axis=1)]):
                own = held[cells == cell]
                sums = np.where(own, values[cells == cell], 0.0).sum(axis=0)
                atom = Atom(int(cell), first, until)
                found[atom] = (own.sum(axis=0).astype(np.int64), sums if until == last else sums * np.nan)
    return found


def _gone(answers: AnswerSet, cells: Sequence[int], steps: Ints) -> list[_Gone]:
    """The erased units that some release had counted."""
    found = []
    for erased, cell in zip(answers.erased, cells, strict=True):
        first, until = (int(np.searchsorted(steps, seq)) for seq in (erased.since, erased.seq))
        if first < until:
            items = np.array([item in erased.items for item in answers.items])
            found.append(_Gone(erased.erasure, Atom(cell, first, until), items))
    return found


def _largest_erasure(gone: Sequence[_Gone], release: int, shape: tuple[int, ...]) -> Ints:
    """Cells × items: units of the largest single erasure among those that a release had counted."""
    most = np.zeros(shape, dtype=np.int64)
    for erasure in {unit.erasure for unit in gone}:
        lost = np.zeros(shape, dtype=np.int64)
        for unit in gone:
            if unit.erasure == erasure and unit.atom.first <= release < unit.atom.until:
                lost[unit.atom.cell] += unit.items
        most = np.maximum(most, lost)
    return most
