"""Two-way tables under any design, and tests of whether rows and columns go together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import chdtrc, fdtrc

from services.survey.designs import Bools, CannotEstimate, Design, Floats
from services.survey.linearised import Linearised, mean, total

Statistic = Literal["f", "chisq", "wald", "adjusted_wald"]


@dataclass(frozen=True)
class Result:
    """A test that rows and columns are independent: statistic, its degrees of freedom, and p."""

    statistic: float
    degrees: tuple[float, ...]
    p: float


@dataclass(frozen=True)
class Table:
    """A table of rows × columns. design: the rows of the sample that are in it.

    rows, columns: of each row of the sample, how much of it is in each category: 0 or 1, or shares where a
    unit has several answers.
    """

    design: Design
    rows: Floats
    columns: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns."""
        return self.rows.shape[1], self.columns.shape[1]

    @property
    def parameters(self) -> int:
        """(rows - 1)(columns - 1)."""
        return (self.shape[0] - 1) * (self.shape[1] - 1)

    @cached_property
    def members(self) -> Floats:
        """How much of each row of the sample is in each cell, the cells row by row."""
        return np.asarray((self.rows[:, :, None] * self.columns[:, None, :]).reshape(len(self.rows), -1))

    @cached_property
    def shares(self) -> Linearised:
        """The share of the population in each cell."""
        return mean(self.design, self.members)

    @property
    def units(self) -> Floats:
        """How many rows of the sample are in each cell, whole or in part: rows × columns."""
        here = self.design.counted > 0
        return np.asarray((self.members[here] > 0).sum(axis=0).reshape(self.shape).astype(np.float64))

    @property
    def pearson(self) -> float:
        """Pearson's X² of the weighted shares, scaled to as many rows as the sample has."""
        share = self.shares.value.reshape(self.shape)
        expected = share.sum(axis=1)[:, None] * share.sum(axis=0)
        return float((self.design.counted > 0).sum() * ((share - expected) ** 2 / expected).sum())

    @cached_property
    def effects(self) -> Floats:
        """The matrix whose eigenvalues are the design effects of the interactions (Rao & Scott 1984)."""
        share = self.shares.value
        inverse = np.divide(1.0, share, out=np.zeros_like(share), where=share > 0)
        contrast = _interactions(self.shape) * inverse[:, None]
        size = int((self.design.counted > 0).sum())
        simple = contrast.T @ (contrast * share[:, None]) / size
        if np.linalg.matrix_rank(simple, hermitian=True) < self.parameters:
            raise CannotEstimate("empty_cells", "Too many cells of the table are empty for a test.")
        return np.asarray(np.linalg.solve(simple, contrast.T @ self.shares.covariance @ contrast))


def table(design: Design, rows: Floats, columns: Floats) -> Table:
    """The table of two sets of indicators (rows of the sample × categories; nan: missing).

    Categories that nobody is in are left out.

    Raises:
        CannotEstimate: fewer than two categories on a side are left.
    """
    given: Bools = np.isfinite(rows.sum(axis=1) + columns.sum(axis=1))
    inside = design.only(given)
    held = [_occupied(np.where(given[:, None], side, 0.0), inside) for side in (rows, columns)]
    if min(side.shape[1] for side in held) < 2:
        raise CannotEstimate("one_category", "A test needs two categories that somebody is in, on each side.")
    return Table(inside, held[0], held[1])


def _occupied(side: Floats, inside: Design) -> Floats:
    return np.asarray(side[:, (side * (inside.counted > 0)[:, None]).any(axis=0)])


def independence(found: Table, statistic: Statistic = "f", degrees: float | None = None) -> Result:
    """Whether rows and columns are independent in the population.

    f, chisq: Pearson's X² with Rao and Scott's second- and first-order corrections (Rao & Scott 1984; Thomas
    & Rao 1987 for F). wald, adjusted_wald: of the differences between cells and products of their margins
    (Koch, Freeman & Freeman 1975; the adjustment by Fellegi 1980). degrees: of freedom of the design, else
    those of the rows in the table.

    Raises:
        CannotEstimate: no degrees of freedom are left, or too many cells are empty.
    """
    left = found.design.degrees if degrees is None else degrees
    if left < 1:
        raise CannotEstimate("too_few_units", "One unit cannot tell how much units differ.")
    if statistic in ("wald", "adjusted_wald"):
        return _wald(found, left, adjusted=statistic == "adjusted_wald")
    trace = float(np.trace(found.effects))
    if not trace > 0:
        raise CannotEstimate("no_variation", "The design leaves no error in the table: nothing to test.")
    if statistic == "chisq":
        mean_effect = trace / found.parameters
        p = float(chdtrc(found.parameters, found.pearson / mean_effect))
        return Result(found.pearson, (float(found.parameters),), p)
    above = trace**2 / float(np.trace(found.effects @ found.effects))
    f = found.pearson / trace
    return Result(f, (above, above * left), float(fdtrc(above, above * left, f)))


def _wald(found: Table, left: float, *, adjusted: bool) -> Result:
    parameters = found.parameters
    free = left - parameters + 1 if adjusted else left
    difference = _differences(found)
    covariance = difference.covariance
    if np.linalg.matrix_rank(covariance, hermitian=True) < parameters:
        message = "There are fewer units than cells to test, or no error is left in some cell."
        raise CannotEstimate("no_variation", message)
    wald = float(difference.value @ np.linalg.solve(covariance, difference.value)) / parameters
    f = wald * free / left if adjusted else wald
    return Result(f, (float(parameters), float(free)), float(fdtrc(parameters, free, f)))


def _differences(found: Table) -> Linearised:
    """Cells less the product of their margins over the total, of all but the first row and column."""
    cells = total(found.design, found.members)
    r, c = found.shape
    rows, columns = np.kron(np.eye(r), np.ones(c)), np.kron(np.ones(r), np.eye(c))
    of_row, of_column, whole = rows @ cells.value, columns @ cells.value, cells.value.sum()
    expected = np.outer(of_row, of_column).ravel() / whole
    slope = np.eye(r * c) - (
        (of_column / whole)[None, :].repeat(r, axis=0).ravel()[:, None] * np.repeat(rows, c, axis=0)
        + (of_row / whole).repeat(c)[:, None] * np.tile(columns, (r, 1))
        - (expected / whole)[:, None]
    )
    free = np.arange(r * c).reshape(r, c)[1:, 1:].ravel()
    return Linearised(found.design, (cells.value - expected)[free], cells.contrast(slope).influence[:, free])


def _interactions(shape: tuple[int, int]) -> Floats:
    """Columns that span the interactions: cells × parameters, orthogonal to both main effects."""
    rows, columns = (np.eye(size)[:, 1:] - 1 / size for size in shape)
    return np.asarray(np.kron(rows, columns), dtype=np.float64)
