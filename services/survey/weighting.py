"""Weights: how many units of the population each answering unit stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.rounds import Dimension, Frame
from shared.errors import Refused
from shared.events import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CellKeys = Sequence[tuple[str, ...]]

TOLERANCE = 1e-10
_POLISH = 1e-13
_ROUNDS = 5000


class CannotWeight(Refused):
    """The answers cannot be made to add up to the frame; the message names the category."""


@dataclass(frozen=True)
class Collapse:
    """A category of which nobody answered, counted together with the nearest one that did.

    population: the units that it has in the frame.
    """

    dimension: str
    empty: Text
    into: Text
    population: float


@dataclass(frozen=True)
class Weights:
    """Weights on cells; all units of a cell weigh the same.

    cell, base: weight of one unit after and before raking, by cell. counts: answering units by cell.
    design: cells × parameters, the dummies of the margins (an intercept, then all but the first category of
    each dimension, as `calibrate` in R's survey package takes them).
    """

    cell: Floats
    base: Floats
    counts: Ints
    design: Floats
    collapses: tuple[Collapse, ...]

    @property
    def total(self) -> float:
        """The units of the population that the answers stand for."""
        return float(self.cell @ self.counts)

    @property
    def effective_n(self) -> float:
        """Kish's effective number of units, (Σw)² / Σw² (Kish 1965)."""
        return self.total**2 / float(self.cell**2 @ self.counts)

    @property
    def efficiency(self) -> float:
        """Effective n / n: what is left of the sample's worth after weighting."""
        return self.effective_n / float(self.counts.sum())

    @property
    def parameters(self) -> int:
        """How many independent totals the raking fits."""
        return int(np.linalg.matrix_rank(self.design))


def rake(frame: Frame, cell_keys: CellKeys, counts: Ints, base: Floats | None = None) -> Weights:
    """Weights whose sums over every category of every dimension equal the frame's counts.

    Iterative proportional fitting (Deming & Stephan 1940) on the cells, to 1e-10 of the population, from
    base weights (default: N / n for all). A category without answers is counted together with the nearest
    one, by the order declared, that has some (the earlier of two as near).

    cell_keys: the codes of every cell that has answers, in the order of the frame's dimensions.
    counts: answering units by cell.

    Raises:
        CannotWeight: nobody answered, or the margins contradict each other on the cells that have answers.
    """
    counts = np.asarray(counts, dtype=np.int64)
    if counts.sum() == 0:
        raise CannotWeight("no_answers", "There are no answers to weight.")
    even = np.full(len(counts), frame.size / counts.sum())
    start = even if base is None else np.asarray(base, dtype=np.float64)
    margins = [_margin(d, [key[i] for key in cell_keys], counts) for i, d in enumerate(frame.dimensions)]
    totals, gaps = _fitted([m.group for m in margins], [m.population for m in margins], start * counts)
    if not gaps.max() <= TOLERANCE:
        raise _misfit(frame.dimensions[int(np.argmax(np.nan_to_num(gaps, nan=np.inf)))])
    return Weights(
        cell=totals / counts,
        base=start,
        counts=counts,
        design=_dummies([m.group for m in margins]),
        collapses=tuple(collapse for m in margins for collapse in m.collapses),
    )


@dataclass(frozen=True)
class _Margin:
    """One dimension: the group of each cell, the population of each group, what was collapsed."""

    group: Ints
    population: Floats
    collapses: tuple[Collapse, ...]


def _margin(dimension: Dimension, codes: Sequence[str], counts: Ints) -> _Margin:
    order = {category.code: index for index, category in enumerate(dimension.categories)}
    if not order.keys() >= set(codes):
        message = f"Some answers name a category that the margin “{dimension.label.en}” does not have."
        raise CannotWeight("unknown_category", message)
    of_cell = np.array([order[code] for code in codes], dtype=np.int64)
    answered = np.bincount(of_cell, weights=counts, minlength=len(order)) > 0
    present = np.flatnonzero(answered)
    nearest = np.array([present[np.argmin(np.abs(present - i))] for i in range(len(order))])
    population = np.bincount(nearest, weights=[c.count for c in dimension.categories], minlength=len(order))
    return _Margin(
        group=np.searchsorted(present, of_cell).astype(np.int64),
        population=population[present].astype(np.float64),
        collapses=tuple(
            Collapse(dimension.code, empty.label, dimension.categories[nearest[i]].label, empty.count)
            for i, empty in enumerate(dimension.categories)
            if not answered[i]
        ),
    )


def _fitted(groups: Sequence[Ints], populations: Sequence[Floats], start: Floats) -> tuple[Floats, Floats]:
    """The cell totals after raking, and how far each margin still is, as shares of the population."""
    totals, gaps, stuck = start.copy(), np.full(len(groups), np.inf), 0
    margins = list(zip(groups, populations, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(_ROUNDS):
            for group, population in margins:
                totals *= (population / np.bincount(group, weights=totals))[group]
            before = gaps.max()
            gaps = np.array([np.abs(np.bincount(g, weights=totals) - p).max() / p.sum() for g, p in margins])
            stuck = stuck + 1 if gaps.max() >= before else 0
            if gaps.max() <= _POLISH or (gaps.max() <= TOLERANCE and stuck):
                break
    return totals, gaps


def _dummies(groups: Sequence[Ints]) -> Floats:
    columns = [np.ones((len(groups[0]), 1))]
    columns += [(group[:, None] == np.arange(1, group.max() + 1)).astype(np.float64) for group in groups]
    return np.hstack(columns)


def _misfit(worst: Dimension) -> CannotWeight:
    return CannotWeight(
        "margins_do_not_fit",
        f"The answers cannot be weighted to the margin “{worst.label.en}”: some of its categories answered "
        "only together with categories of another margin that are counted too small or too large.",
    )
