"""The audit of a release: how far the totals of small groups can still vary, by linear programming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_array, eye_array, hstack

from services.survey.thresholds import K

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ZERO = 1e-9


@dataclass(frozen=True)
class Amounts:
    """One item by cell: its units, the weight of one, their weighted total (from 0 to their weight)."""

    units: Floats
    weight: Floats
    told: Floats

    @property
    def most(self) -> Floats:
        """The greatest total that each cell could have."""
        return self.units * self.weight

    def heaviest(self, groups: Bools) -> Floats:
        """The joint weight of the k - 1 heaviest units of each group."""
        order = np.argsort(-self.weight, kind="stable")
        present = groups[:, order] * self.units[order]
        before = np.cumsum(present, axis=1) - present
        return np.asarray(np.clip(K.value - 1 - before, 0, present) @ self.weight[order])


def telling_figures(figures: Floats, amounts: Amounts, groups: Bools, share: float) -> list[list[int]]:
    """For each group that figures tell too much of, by index, those figures.

    They do when its total is known so well that the total of its k - 1 heaviest units can vary by less than a
    share of what it could. figures: published sums × cells, of which the attacker has the exact totals.
    groups: groups × cells. The range is exact: the greatest less the least total that the sums allow.
    """
    needed = share * amounts.heaviest(groups)
    doubtful = ~_harmless(amounts, groups, needed) & (needed > 0)
    groups, needed = groups[doubtful], needed[doubtful]
    if not len(groups) or not figures.any():
        return []
    free = np.maximum(
        _sure_range(figures, amounts, groups, np.minimum(amounts.told, amounts.most - amounts.told)),
        _sure_range(figures, amounts, groups, amounts.most),
    )
    sparse, stuck = csr_array(figures), np.flatnonzero(free < needed)
    moved = _moved_together(sparse, amounts, groups[stuck], needed[stuck])
    while moved.any():
        stuck = stuck[~moved]
        moved = _moved_together(sparse, amounts, groups[stuck], needed[stuck])
    told = (_pinning(sparse, amounts, groups[index], needed[index]) for index in stuck)
    return [rows for rows in told if rows]


def _harmless(amounts: Amounts, groups: Bools, needed: Floats) -> Bools:
    """Groups of which the total may be known: of k units, the others weighing enough, not near an end."""
    total, most, units = groups @ amounts.told, groups @ amounts.most, groups @ amounts.units
    others = most - amounts.heaviest(groups)
    return np.asarray((units >= K.value) & (np.minimum(np.minimum(total, most - total), others) >= needed))


def _sure_range(figures: Floats, amounts: Amounts, groups: Bools, metric: Floats) -> Floats:
    """A range that each total surely has: along one direction that no figure sees.

    The direction is the group's own, projected in a metric that gives room to cells which have some.
    """
    scaled = figures * metric
    seen = np.linalg.lstsq(scaled @ figures.T, scaled @ groups.T.astype(np.float64), rcond=None)[0]
    along = metric * (groups - seen.T @ figures)
    along = np.where(np.abs(along) > _ZERO * np.abs(along).max(initial=0.0), along, 0.0)
    ahead = _room(along, amounts.most - amounts.told, amounts.told)
    behind = _room(along, amounts.told, amounts.most - amounts.told)
    return np.asarray((ahead + behind) * (along * groups).sum(axis=1))


def _room(along: Floats, up: Floats, down: Floats) -> Floats:
    """How far one can go along each direction before some cell is at its end."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(along > 0, up / along, np.where(along < 0, down / -along, np.inf))
    steps = steps.min(axis=1, initial=np.inf)
    return np.where(np.isfinite(steps), steps, 0.0)


def _moved_together(figures: csr_array, amounts: Amounts, groups: Bools, needed: Floats) -> Bools:
    """Groups whose totals lie far enough apart in one pair of states that the figures allow.

    One program for many groups: the sum of their distances, each counted up to what it needs.
    """
    if not len(groups):
        return np.zeros(0, dtype=bool)
    (rows, cells), n = figures.shape, len(groups)
    apart = csr_array(groups.astype(np.float64))
    found = linprog(
        np.concatenate([np.zeros(2 * cells), -1 / needed]),
        A_eq=hstack([block_diag([figures, figures]), csr_array((2 * rows, n))]),
        b_eq=np.zeros(2 * rows),
        A_ub=hstack([-apart, apart, eye_array(n)]),
        b_ub=np.zeros(n),
        bounds=np.vstack([_bounds(amounts), _bounds(amounts), np.column_stack([0 * needed, needed])]),
        method="highs",
    )
    if found.x is None:
        return np.zeros(n, dtype=bool)
    between = groups @ (found.x[:cells] - found.x[cells : 2 * cells])
    return np.asarray(between >= needed * (1 - _ZERO))


def _bounds(amounts: Amounts) -> Floats:
    return np.column_stack([-amounts.told, amounts.most - amounts.told])


def _pinning(figures: csr_array, amounts: Amounts, group: Bools, needed: float) -> list[int]:
    up, rows = _furthest(figures, amounts, group, 1.0)
    if up >= needed:
        return []
    down, others = _furthest(figures, amounts, group, -1.0)
    return sorted({*rows, *others}) if up + down < needed else []


def _furthest(figures: csr_array, amounts: Amounts, group: Bools, sign: float) -> tuple[float, list[int]]:
    """How far the group's total can move up or down while no figure does, and which figures stop it."""
    found = linprog(
        -sign * group.astype(np.float64),
        A_eq=figures,
        b_eq=np.zeros(figures.shape[0]),
        bounds=_bounds(amounts),
        method="highs",
    )
    if found.x is None:
        return 0.0, list(range(figures.shape[0]))
    return float(-found.fun), np.flatnonzero(np.abs(found.eqlin.marginals) > _ZERO).tolist()
