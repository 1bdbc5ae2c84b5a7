"""Weights: how many units of the population each answering unit stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from services.survey.misfits import misfit
from services.survey.rounds import Dimension, Frame, Trim
from services.survey.trimming import trim_weights
from shared.errors import Refused
from shared.events import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CellKeys = Sequence[tuple[str, ...]]

TOLERANCE = 1e-10
_POLISH = 1e-13
_ROUNDS = 5000


class CannotWeight(Refused):
    """The answers cannot be made to add up to the frame; the message names the category or the cell."""


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
class Trimmed:
    """What trimming did.

    raked: weight of one unit before it, by cell. units: how many were cut to a bound. missed: by how much
    the category that fits worst now misses the frame, as a share of the population.
    """

    raked: Floats
    units: int
    missed: float


@dataclass(frozen=True)
class Weights:
    """Weights on cells; all units of a cell weigh the same.

    cell, base: weight of one unit after (trimming and) raking and before it, by cell. counts: answering units
    by cell. design: cells × parameters, the dummies of the margins (an intercept, then all but the first
    category of each dimension, as `calibrate` in R's survey package takes them). trimmed: None where no
    weight was beyond its bound.
    """

    cell: Floats
    base: Floats
    counts: Ints
    design: Floats
    collapses: tuple[Collapse, ...]
    trimmed: Trimmed | None = None

    @property
    def raked(self) -> Floats:
        """Weight of one unit as raked, before any trimming: it meets the margins."""
        return self.cell if self.trimmed is None else self.trimmed.raked

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


def rake(
    frame: Frame, cell_keys: CellKeys, counts: Ints, base: Floats | None = None, trim: Trim | None = None
) -> Weights:
    """Weights whose sums over every category of every counted dimension equal the frame's counts.

    Iterative proportional fitting (Deming & Stephan 1940) on the cells, to 1e-10 of the population, from
    base weights (default: N / n for all). A category without answers is counted together with the nearest
    one, by the order declared, that has some (the earlier of two as near). Trimming comes after: the total
    stays, the margins are met as nearly as the bounds allow.

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
    margins = _margins(frame, cell_keys, counts)
    totals, gaps = _fitted([m.group for m in margins], [m.population for m in margins], start * counts)
    if not gaps.max() <= TOLERANCE:
        raise CannotWeight("margins_do_not_fit", _why(frame.counted, margins, totals))
    raked = Weights(
        cell=totals / counts,
        base=start,
        counts=counts,
        design=_dummies([m.group for m in margins]),
        collapses=tuple(collapse for m in margins for collapse in m.collapses),
    )
    return raked if trim is None else _trimmed(raked, margins, trim)


@dataclass(frozen=True)
class _Margin:
    """One dimension: the group of each cell; the population and name of each group; what was collapsed."""

    group: Ints
    population: Floats
    names: tuple[Text, ...]
    collapses: tuple[Collapse, ...]


def _margins(frame: Frame, cell_keys: CellKeys, counts: Ints) -> list[_Margin]:
    """The margins of the counted dimensions; an answer may name no category that any dimension lacks."""
    codes = {d.code: [key[i] for key in cell_keys] for i, d in enumerate(frame.dimensions)}
    for dimension in frame.dimensions:
        if not {category.code for category in dimension.categories} >= set(codes[dimension.code]):
            raise CannotWeight(
                "unknown_category",
                f"Some answers name a category that the margin “{dimension.label.en}” does not have.",
            )
    return [_margin(dimension, codes[dimension.code], counts) for dimension in frame.counted]


def _margin(dimension: Dimension, codes: Sequence[str], counts: Ints) -> _Margin:
    categories, margin = dimension.categories, np.array(dimension.counts)
    order = {category.code: index for index, category in enumerate(categories)}
    of_cell = np.array([order[code] for code in codes], dtype=np.int64)
    present = np.flatnonzero(np.bincount(of_cell, weights=counts, minlength=len(order)))
    nearest = np.array([present[np.argmin(np.abs(present - i))] for i in range(len(order))])
    population = np.bincount(nearest, weights=margin, minlength=len(order))
    return _Margin(
        group=np.searchsorted(present, of_cell).astype(np.int64),
        population=population[present].astype(np.float64),
        names=tuple(categories[i].label for i in present),
        collapses=tuple(
            Collapse(dimension.code, empty.label, categories[nearest[i]].label, float(margin[i]))
            for i, empty in enumerate(categories)
            if i not in present
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


def _trimmed(raked: Weights, margins: Sequence[_Margin], trim: Trim) -> Weights:
    mean = raked.total / raked.counts.sum()
    cell, outside = trim_weights(raked.cell, raked.counts, (trim.lower * mean, trim.upper * mean))
    if not outside.any():
        return raked
    totals = cell * raked.counts
    missed = max(np.abs(np.bincount(m.group, weights=totals) - m.population).max() for m in margins)
    units = int(raked.counts[outside].sum())
    return replace(raked, cell=cell, trimmed=Trimmed(raked.cell, units, float(missed) / raked.total))


def _why(dimensions: Sequence[Dimension], margins: Sequence[_Margin], totals: Floats) -> str:
    named = [
        f"“{name.en}” ({dimension.label.en})"
        for dimension, margin in zip(dimensions, margins, strict=True)
        for name in margin.names
    ]
    offsets = np.cumsum([0, *(len(margin.population) for margin in margins)])[:-1]
    groups = np.array([margin.group + offset for margin, offset in zip(margins, offsets, strict=True)])
    return misfit(groups, np.concatenate([margin.population for margin in margins]), named, totals)
