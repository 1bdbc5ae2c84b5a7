"""The audit of a release: how far the totals of small groups can still vary, by linear programming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.programs import Program
from services.survey.thresholds import K

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ZERO = 1e-9
_ROUNDING = 1e-7


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


class Audit:
    """What published sums tell about the groups of one item, while sums are withheld one after another.

    Figures tell too much of a group when its total is known so well that the total of its k - 1 heaviest
    units can vary by less than a share of what it could. The range is exact: the greatest less the least that
    the sums allow. Sums are only ever taken away, which makes every range wider: a group that was found safe
    stays so, and what cells could be then they can be for good.
    """

    def __init__(self, figures: Floats, amounts: Amounts, groups: Bools, share: float) -> None:
        """figures: sums × cells, of which an attacker has the exact totals. groups: groups × cells."""
        needed = share * amounts.heaviest(groups)
        doubtful = ~_harmless(amounts, groups, needed) & (needed > 0)
        self._figures, self._amounts = figures, amounts
        self._groups, self._needed = groups[doubtful].astype(np.float64), needed[doubtful]
        self._least, self._greatest = np.zeros((2, len(self._groups)))
        self._program: Program | None = None

    def telling(self, published: Bools) -> Iterator[list[int]]:
        """For each group of which the published figures tell too much, those that do, by index."""
        if not published.any():
            return
        self._keep(self._is_stuck(published))
        for index in range(len(self._groups)):
            if (rows := self._telling(index, published)) is not None:
                yield rows

    def _is_stuck(self, published: Bools) -> Bools:
        """Groups of which neither what was seen before nor a cheap bound says that they vary enough."""
        figures, amounts = self._figures[published], self._amounts
        stuck = self._greatest - self._least < self._needed
        for metric in (np.minimum(amounts.told, amounts.most - amounts.told), amounts.most):
            if stuck.any():
                free = _sure_range(figures, amounts, self._groups[stuck], metric)
                stuck[stuck] = free < self._needed[stuck]
        return stuck

    def _keep(self, stuck: Bools) -> None:
        self._groups, self._needed = self._groups[stuck], self._needed[stuck]
        self._least, self._greatest = self._least[stuck], self._greatest[stuck]

    def _telling(self, index: int, published: Bools) -> list[int] | None:
        """The figures that pin a group; none where it varies enough."""
        rows: set[int] = set()
        for sign in (1.0, -1.0):
            if self._greatest[index] - self._least[index] >= self._needed[index] * (1 - _ZERO):
                return None
            rows.update(self._look(sign * self._groups[index], published))
        varies = self._greatest[index] - self._least[index] >= self._needed[index] * (1 - _ZERO)
        return None if varies else sorted(rows)

    def _look(self, aim: Floats, published: Bools) -> list[int]:
        """Go as far as the figures allow, see where every group is there, and say which figures stop it."""
        if self._program is None:
            told = self._amounts.told
            self._program = Program(self._figures, -told, self._amounts.most - told)
        state, stopping = self._program.furthest(aim, published)
        there = self._groups @ state
        self._least, self._greatest = np.minimum(self._least, there), np.maximum(self._greatest, there)
        return stopping


def _harmless(amounts: Amounts, groups: Bools, needed: Floats) -> Bools:
    """Groups of which the total may be known: of k units, the others weighing enough, not near an end."""
    total, most, units = groups @ amounts.told, groups @ amounts.most, groups @ amounts.units
    others = most - amounts.heaviest(groups)
    return np.asarray((units >= K.value) & (np.minimum(np.minimum(total, most - total), others) >= needed))


def _sure_range(figures: Floats, amounts: Amounts, groups: Floats, metric: Floats) -> Floats:
    """A range that each total surely has: along one direction that no figure sees.

    The direction is the group's own, projected in a metric that gives room to cells which have some. Where
    nothing of it is left but what rounding left, there is none.
    """
    scaled, own = figures * metric, groups * metric
    seen = np.linalg.lstsq(scaled @ figures.T, scaled @ groups.T, rcond=None)[0]
    along = own - seen.T @ scaled
    along = np.where(np.abs(along) > _ROUNDING * own.max(axis=1, initial=0.0, keepdims=True), along, 0.0)
    ahead = _room(along, amounts.most - amounts.told, amounts.told)
    behind = _room(along, amounts.told, amounts.most - amounts.told)
    return np.asarray((ahead + behind) * (along * groups).sum(axis=1))


def _room(along: Floats, up: Floats, down: Floats) -> Floats:
    """How far one can go along each direction before some cell is at its end."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(along > 0, up / along, np.where(along < 0, down / -along, np.inf))
    steps = steps.min(axis=1, initial=np.inf)
    return np.where(np.isfinite(steps), steps, 0.0)
