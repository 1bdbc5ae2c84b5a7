"""Exposure: what an attacker could add up about an item, over all releases of a round together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.audit import Amounts, Audit
from services.survey.cover import Family, Puzzle
from services.survey.estimates import Analysis
from services.survey.items import Item
from services.survey.segments import Members
from services.survey.tallies import Tallies
from services.survey.thresholds import AUDITED, K
from services.survey.versions import Versions

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """What left before.

    published: earlier releases × items × segments, true where a new figure left. shown: items × segments,
    true where the last release shows a figure, its own or one that stood.
    """

    published: Bools
    shown: Bools

    @property
    def latest(self) -> Ints:
        """Items × segments: the release whose figure is shown; -1 where none is."""
        number = np.arange(1, len(self.published) + 1)[:, None, None]
        last = (self.published * number).max(axis=0, initial=0) - 1
        return np.asarray(np.where(self.shown, last, -1), dtype=np.int64)


@dataclass(frozen=True)
class Change:
    """What changed since an earlier release.

    published: items × segments that it made new. tallies: of the units that answered since, on the cells of
    the analysis.
    """

    published: Bools
    tallies: Tallies


@dataclass(frozen=True)
class Scene:
    """What the verdicts on all items share. inside: segments × cells of `past`."""

    analysis: Analysis
    items: Sequence[Item]
    history: History
    past: Versions
    inside: Members
    families: Sequence[Family]
    changes: Sequence[Change]


def puzzle_of(scene: Scene, item: int, withheld: Bools) -> Puzzle:
    """What can be added up about one item by whoever has all releases; `withheld` segments are secrets."""
    past = scene.past
    here = past.counts[:, item] > 0
    cells = np.array([atom.cell for atom in past.atoms], dtype=np.int64)[here]
    inside = scene.inside[:, cells].astype(np.float64)
    alive = [past.alive(release)[here].astype(np.float64) for release in range(past.coming + 1)]
    rows = inside * alive[-1]
    published = scene.history.published[:, item]
    earlier = [inside[shown] * then for shown, then in zip(published, alive, strict=False)]
    hidden = [inside[~shown] * then for shown, then in zip(published, alive, strict=False)]
    moved = past.weights[:, cells] / _weights_now(scene)[cells]
    nothing = np.zeros((0, len(cells)))
    counts = past.counts[here, item].astype(np.float64)
    small = np.eye(len(counts))[counts < K.value]
    shifts = [inside * (alive[-1] - before) for before in alive[:-1]]
    few = [_few(shift, counts) for shift in shifts]
    few += [_few(_rests(scene.families, whole), counts) for whole in (rows, *shifts)]
    guarded = [inside * (one * (1 - other)) for one in alive for other in (*alive, 0 * one)]
    guarded += [_rests(scene.families, whole) for whole in guarded]
    return Puzzle(
        rows=rows,
        known=np.vstack([nothing, *earlier]),
        told=np.vstack([nothing, *(figures * then for figures, then in zip(earlier, moved, strict=True))]),
        secrets=np.vstack([rows[withheld], small, *few]),
        guarded=np.unique(
            np.vstack([rows[withheld], *hidden, *(_few(group, counts) for group in guarded)]), axis=0
        ),
        cost=rows @ counts,
    )


def amounts_of(scene: Scene, index: int) -> Amounts:
    """By atom; of former and erased values nobody knows more than that they were possible."""
    past, item = scene.past, scene.items[index]
    here = past.counts[:, index] > 0
    counts, sums = past.counts[here, index].astype(np.float64), past.sums[here, index]
    cells = [atom.cell for atom, given in zip(past.atoms, here, strict=True) if given]
    weight = _weights_now(scene)[cells]
    share = (sums - item.low * counts) / (item.high - item.low)
    return Amounts(counts, weight, weight * np.where(np.isnan(share), counts / 2, share))


def audit_of(puzzle: Puzzle, amounts: Amounts) -> Audit:
    """The audit of everything that has left or may leave about one item: first the rows of the puzzle."""
    return Audit(np.vstack([puzzle.rows, puzzle.told]), amounts, puzzle.guarded > 0, AUDITED.value)


def telling_rows(audit: Audit, puzzle: Puzzle, leaving: Bools) -> list[list[int]]:
    """For each small group whose total is nearly known, the leaving figures that tell it."""
    published = np.concatenate([leaving, np.ones(len(puzzle.told), dtype=bool)])
    own = ([row for row in rows if row < len(leaving)] for rows in audit.telling(published))
    return [rows for rows in own if rows]


def _weights_now(scene: Scene) -> Floats:
    """The weight of a unit by cell of `past`; where all are gone, a middling one."""
    weights = scene.analysis.weights.cell
    known, middling = dict(zip(scene.analysis.tallies.cell_keys, weights, strict=True)), weights.mean()
    return np.array([known.get(key, middling) for key in scene.past.cell_keys])


def _rests(families: Sequence[Family], rows: Floats) -> Floats:
    """Every segment without one of its parts."""
    rests = [rows[family.parent] - rows[child] for family in families for child in family.children]
    return np.array(rests).reshape(len(rests), rows.shape[1])


def _few(groups: Floats, counts: Floats) -> Floats:
    """The groups of some but fewer than k units; who changed an answer came and went, and counts once."""
    units = np.maximum(np.maximum(groups, 0) @ counts, np.maximum(-groups, 0) @ counts)
    return groups[(units > 0) & (units < K.value)]
