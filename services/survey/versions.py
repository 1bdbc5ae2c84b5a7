"""Versions: what changed in each cell between the releases of a round, counted without identities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.answers import Erased
from services.survey.counting import Counted
from services.survey.layers import LIVE, Layers
from services.survey.rounds import Frame
from services.survey.tallies import MOMENTS, CellKey, Tallies

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
    one. newly: for each earlier release the tallies of the values that came since. weights: earlier releases
    × cells, of one unit then; 1 where nobody answered. counts, sums: atoms × items, the units and Σ of their
    values; nan where the values were replaced or erased.
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


@dataclass(frozen=True)
class Earlier:
    """What is known of an earlier release: its watermark, and the weight of one unit by cell."""

    watermark: int
    weights: Mapping[CellKey, float]


def versions(counted: Counted, frame: Frame, releases: Sequence[Earlier]) -> Versions:
    """What changed since each of the earlier releases, in order.

    Of erased units nobody knows whether two that went apart were the same; so only the largest single erasure
    counts as changed, and the true number is never smaller than the one given.
    """
    layers, steps = counted.layers, np.array([one.watermark for one in releases], dtype=np.int64)
    names = [tuple(gone.segment[d.code] for d in frame.dimensions) for gone in counted.erased]
    keys = tuple(sorted({*(layer.cell for layer in layers.keys), *names}))
    place = {key: index for index, key in enumerate(keys)}
    gone = list(_gone(layers.items, counted.erased, [place[name] for name in names], steps))
    newly = tuple(layers.live(since=release + 1) for release in range(len(steps)))
    atoms = _atoms(layers, place, len(steps))
    for unit in gone:
        before = atoms.get(unit.atom, (np.zeros(len(unit.items), dtype=np.int64), None))[0]
        atoms[unit.atom] = (before + unit.items, np.full(len(unit.items), np.nan))
    shape = (len(atoms), len(layers.items))
    return Versions(
        cell_keys=keys,
        changed=_changed(newly, gone, place, len(layers.items)),
        newly=newly,
        weights=np.array([[one.weights.get(key, 1.0) for key in keys] for one in releases]).reshape(
            -1, len(keys)
        ),
        atoms=tuple(atoms),
        counts=np.array([counts for counts, _ in atoms.values()], dtype=np.int64).reshape(shape),
        sums=np.array([sums for _, sums in atoms.values()], dtype=np.float64).reshape(shape),
    )


def changed_units(counted: Counted, releases: Sequence[Earlier]) -> int:
    """At least so many units answered, changed or went since the last of the earlier releases."""
    came = counted.layers.units_since(len(releases))
    return max(came, largest_erasure(counted.erased, releases[-1].watermark if releases else 0))


def largest_erasure(erased: Sequence[Erased], watermark: int) -> int:
    """Units of the largest single erasure among answers that a release with this watermark had counted."""
    went = Counter(gone.erasure for gone in erased if gone.since <= watermark < gone.seq)
    return max(went.values(), default=0)


def _changed(
    newly: Sequence[Tallies], gone: Sequence[_Gone], place: Mapping[CellKey, int], items: int
) -> Ints:
    changed = np.zeros((len(newly), len(place), items), dtype=np.int64)
    for release, tallies in enumerate(newly):
        came = tallies.moment("units").astype(np.int64)
        changed[release, [place[key] for key in tallies.cell_keys]] = came
        changed[release] = np.maximum(
            changed[release], _largest_erasure(gone, release, changed[release].shape)
        )
    return changed


def _atoms(layers: Layers, place: Mapping[CellKey, int], coming: int) -> dict[Atom, tuple[Ints, Floats]]:
    """The values that live, those after the last release behind the coming one; how many were replaced."""
    names = list(MOMENTS)
    units = layers.sums[names.index("units")].floats().astype(np.int64)
    values = layers.sums[names.index("y")].floats() / layers.scales
    found: dict[Atom, tuple[Ints, Floats]] = {}
    for index, layer in enumerate(layers.keys):
        if units[index].any():
            until = coming + 1 if layer.until == LIVE else layer.until
            sums = values[index] if layer.until == LIVE else np.full(len(layers.items), np.nan)
            found[Atom(place[layer.cell], layer.first, until)] = units[index], sums
    return found


def _gone(
    items: Sequence[str], erased: Sequence[Erased], cells: Sequence[int], steps: Ints
) -> Iterator[_Gone]:
    """The erased units that some release had counted."""
    for unit, cell in zip(erased, cells, strict=True):
        first, until = (int(np.searchsorted(steps, seq)) for seq in (unit.since, unit.seq))
        if first < until:
            yield _Gone(
                unit.erasure, Atom(cell, first, until), np.array([item in unit.items for item in items])
            )


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
