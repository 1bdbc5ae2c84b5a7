"""Complementary suppression: withhold so much that nobody can work out what must stay unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Remainders = Callable[[Bools], Sequence[Sequence[int]]]

_ZERO = 1e-7


@dataclass(frozen=True)
class Family:
    """A segment and those that together make it up: their totals add up to its own."""

    parent: int
    children: tuple[int, ...]


@dataclass(frozen=True)
class Puzzle:
    """What an attacker can add up about one item.

    rows: segments × atoms, the figures that the coming release may hold. known: figures × atoms, those that
    left before. secrets: groups × atoms; no total of theirs may follow. cost: of withholding each row.
    """

    rows: Floats
    known: Floats
    secrets: Floats
    cost: Floats


def derivable(figures: Floats, groups: Floats) -> Bools:
    """Which groups' totals are a linear combination of the figures' totals: exact, by projection.

    figures: figures × atoms. groups: groups × atoms. A group of nobody is not a secret.
    """
    return np.asarray(_left(_basis(figures), groups) < _ZERO) & groups.any(axis=1)


def cover(puzzle: Puzzle, fresh: Bools, remainders: Remainders) -> Bools:
    """The rows that can leave: `fresh` less the cheapest that let a secret be worked out.

    remainders: given the rows that leave, it names for each unsafe group that is a segment less its published
    parts the rows of which one must stay. Greedy; it ends when the exact audit of what is left finds nothing.
    What follows from earlier releases alone is no secret any more.
    """
    secrets = puzzle.secrets[~derivable(puzzle.known, puzzle.secrets)]
    puzzle, fresh = replace(puzzle, secrets=secrets), fresh.copy()
    while victims := _from_remainders(puzzle, fresh, remainders) or _from_sums(puzzle, fresh):
        fresh[list(victims)] = False
    return fresh


def _from_remainders(puzzle: Puzzle, fresh: Bools, remainders: Remainders) -> set[int]:
    return {_cheapest(puzzle, rows) for rows in remainders(fresh)}


def _from_sums(puzzle: Puzzle, fresh: Bools) -> set[int]:
    """For each secret that follows from the figures, the cheapest row of the sum that it follows by."""
    figures = np.vstack([puzzle.rows[fresh], puzzle.known])
    out = puzzle.secrets[derivable(figures, puzzle.secrets)]
    if not len(out):
        return set()
    found = np.linalg.lstsq(figures.T, out.T, rcond=None)[0].T[:, : int(fresh.sum())]
    return {_cheapest(puzzle, np.flatnonzero(fresh)[np.abs(way) > _ZERO]) for way in found}


def _cheapest(puzzle: Puzzle, rows: Iterable[int]) -> int:
    return min((int(row) for row in rows), key=lambda row: (float(puzzle.cost[row]), row))


def _basis(figures: Floats) -> Floats:
    """An orthonormal basis of what the figures span: rank × atoms.

    By the Gram matrix, which is small and of whole numbers: no decomposition of the long one.
    """
    if not figures.size:
        return np.zeros((0, figures.shape[1]))
    strength, along = np.linalg.eigh(figures @ figures.T)
    real = strength > _ZERO * strength[-1]
    return np.asarray((along[:, real] / np.sqrt(strength[real])).T @ figures)


def _left(basis: Floats, groups: Floats) -> Floats:
    """The squared length of each group outside the span."""
    return np.asarray((groups**2).sum(axis=1) - ((groups @ basis.T) ** 2).sum(axis=1))
