"""Complementary suppression: withhold so much that nobody can work out what must stay unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Check = Callable[[Bools], Sequence[Sequence[int]]]

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
    left before; told: the same with the weights of their release over those of now. secrets: groups × atoms;
    no total of theirs may follow. guarded: groups × atoms; no total of theirs may be nearly known. cost: of
    withholding each row.
    """

    rows: Floats
    known: Floats
    told: Floats
    secrets: Floats
    guarded: Floats
    cost: Floats


def derivable(figures: Floats, groups: Floats) -> Bools:
    """Which groups' totals are a linear combination of the figures' totals: exact, by projection.

    figures: figures × atoms. groups: groups × atoms. A group of nobody is not a secret.
    """
    return np.asarray(_left(_basis(figures), groups) < _ZERO) & groups.any(axis=1)


def cover(puzzle: Puzzle, fresh: Bools, remainders: Check, ranges: Check) -> Bools:
    """The rows that can leave: `fresh` less the cheapest that give a secret away.

    remainders, ranges: given the rows that leave, they name for each group that is not safe the rows of which
    one must stay: groups that are a segment less its published parts, and groups whose total is nearly known.
    Greedy; it ends when the audit of what is left, by linear algebra and by `ranges`, finds nothing. What
    follows from earlier releases alone is no secret any more.
    """
    secrets = puzzle.secrets[~derivable(puzzle.known, puzzle.secrets)]
    puzzle, fresh = replace(puzzle, secrets=secrets), fresh.copy()
    while victims := (
        _cheapest_of(puzzle, remainders(fresh))
        or _from_sums(puzzle, fresh)
        or _cheapest_of(puzzle, ranges(fresh))
    ):
        fresh[list(victims)] = False
    return fresh


def _cheapest_of(puzzle: Puzzle, choices: Sequence[Sequence[int]]) -> set[int]:
    return {_cheapest(puzzle, rows) for rows in choices}


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
