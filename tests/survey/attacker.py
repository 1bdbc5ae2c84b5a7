"""An attacker who knows frame, weights, who answered and every release, and solves linear programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.items import Item
from services.survey.publication import Kept
from services.survey.rounds import Frame
from services.survey.segments import Segment, members
from services.survey.weighting import rake

Floats = npt.NDArray[np.float64]

BROKEN_BELOW = 0.2
K = 5


@dataclass(frozen=True)
class Seen:
    """One release with the answers that stood behind it, one answer a unit."""

    kept: Kept
    answers: AnswerSet


@dataclass(frozen=True)
class Attack:
    """What the releases say of one item: a · x between low and high, x the values of all answers ever given."""

    rows: Floats
    low: Floats
    high: Floats
    item: Item
    behind: tuple[frozenset[int], ...]

    def pinned(self, group: frozenset[int]) -> float:
        """How far the total of a group can still vary, as a share of its a-priori range."""
        target = np.zeros(self.rows.shape[1])
        target[list(group)] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * target,
                A_ub=csr_matrix(np.vstack([self.rows, -self.rows])),
                b_ub=np.concatenate([self.high, -self.low]),
                bounds=(self.item.low, self.item.high),
                method="highs",
            )
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return (ends[1] - ends[0]) / (len(group) * (self.item.high - self.item.low))

    def broken(self, groups: Sequence[frozenset[int]]) -> list[frozenset[int]]:
        """The groups of fewer than k whose total is known to within a fifth of its range."""
        return [group for group in groups if 0 < len(group) < K and self.pinned(group) < BROKEN_BELOW]


def attack(frame: Frame, item: Item, seen: Sequence[Seen], everyone: AnswerSet) -> Attack:
    """Write down what every published figure of an item says. Answers are told apart by their ids."""
    place = {name: index for index, name in enumerate(everyone.ids)}
    rows, low, high = [], [], []
    for one in seen:
        made = tally(one.answers)
        cells = rake(frame, made.cell_keys, made.counts).cell
        weight = dict(zip(made.cell_keys, cells, strict=True))
        for cell in one.kept.release.cells:
            if cell.item != item.name or cell.made_for != one.kept.release.number:
                continue
            inside = members(frame, [Segment(tuple(cell.segment.items()))], one.answers.cell_keys)[0]
            row = np.zeros(len(everyone.ids))
            for name, of_cell in zip(one.answers.ids, one.answers.cells, strict=True):
                if inside[of_cell]:
                    row[place[name]] = weight[one.answers.cell_keys[of_cell]]
            times, half = (100.0, 0.5) if item.kind == "share" else (1.0, 0.05)
            rows.append(row / row.sum())
            low.append((cell.figure.estimate - half) / times - 1e-7)
            high.append((cell.figure.estimate + half) / times + 1e-7)
    shape = (len(rows), len(everyone.ids))
    behind = tuple(frozenset(place[name] for name in one.answers.ids) for one in seen)
    return Attack(np.array(rows).reshape(shape), np.array(low), np.array(high), item, behind)


def groups_of(
    frame: Frame, segments: Sequence[Segment], attacked: Attack, everyone: AnswerSet
) -> Iterator[frozenset[int]]:
    """Every unit alone; those of a segment behind a release, those that came since another, and their rests."""
    inside = members(frame, segments, everyone.cell_keys)
    of_segment = [frozenset(np.flatnonzero(row[everyone.cells]).tolist()) for row in inside]
    sets = list(attacked.behind)
    sets += [later - former for former in attacked.behind for later in attacked.behind]
    yield from (frozenset({index}) for index in range(len(everyone.ids)))
    for some in sets:
        for own in of_segment:
            for other in of_segment:
                yield some & own - other
            yield some & own
