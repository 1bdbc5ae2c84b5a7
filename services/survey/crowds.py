"""Crowds: the groups of units behind figures, and when one is too small or too much alike to be told of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.segments import Members
from services.survey.thresholds import LARGEST_SHARE, PINNED, K

Floats = npt.NDArray[np.float64]
Verdicts = npt.NDArray[np.object_]

_EQUAL = 1e-9


@dataclass(frozen=True)
class Answered:
    """One item by cell: weight of a unit, units, Σ y and Σ y², with y from 0 to 1 along the item's scale."""

    weight: Floats
    units: Floats
    y: Floats
    yy: Floats


def safety(answered: Answered, groups: Members) -> Verdicts:
    """For each group of cells: `fresh` when its figure tells about nobody, or the reason why it would.

    k units; one at most half of the weight; not all alike; and any k - 1 of them can still vary by a fifth of
    what they could: the total is not too near an end of the scale, and the others weigh enough.
    """
    units = groups @ answered.units
    weight = groups @ (answered.weight * answered.units)
    y = groups @ (answered.weight * answered.y)
    few, largest = _heaviest(answered, groups, int(K.value) - 1), _heaviest(answered, groups, 1)
    nearest_end = np.minimum(y, weight - y)
    verdict = np.full(len(groups), "fresh", dtype=object)
    verdict[(nearest_end < PINNED.value * few) | _alike(answered, groups)] = "unanimous"
    verdict[(largest > LARGEST_SHARE.value * weight) | (weight - few < PINNED.value * few)] = "dominated"
    verdict[units < K.value] = "small"
    verdict[units == 0] = "empty"
    return verdict


def _heaviest(answered: Answered, groups: Members, count: int) -> Floats:
    """The joint weight of the heaviest units of each group."""
    order = np.argsort(-answered.weight, kind="stable")
    present = groups[:, order] * answered.units[order]
    before = np.cumsum(present, axis=1) - present
    return np.asarray(np.clip(count - before, 0, present) @ answered.weight[order])


def _alike(answered: Answered, groups: Members) -> Members:
    n, y, yy = (groups @ part for part in (answered.units, answered.y, answered.yy))
    share = np.maximum(n, 1)
    return np.asarray(yy / share - (y / share) ** 2 <= _EQUAL)
