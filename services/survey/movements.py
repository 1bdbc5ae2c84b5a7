"""Movements: how far a figure can move when the frame is corrected, whatever was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from services.survey.disclosure import Gate
from services.survey.estimates import Analysis
from services.survey.items import Item
from services.survey.releases import Release
from services.survey.tallies import CellKey
from services.survey.thresholds import MOVED

Floats = npt.NDArray[np.float64]
Weights = Mapping[CellKey, float]


def furthest(analysis: Analysis, items: Sequence[Item], then: Weights) -> Floats:
    """How far each mean can lie from the one that the same answers give with other weights: items × segments.

    A mean is Σ p y over cells with shares p that add up to 1; for every y within the item's scale two of them
    lie at most ½ Σ |p - q| of its length apart. It depends on weights and counts alone, on no answer.

    then: the other weights, by cell.
    """
    tallies, units = analysis.tallies, analysis.tallies.moment("units")
    other = np.array([then.get(key, 0.0) for key in tallies.cell_keys])
    lengths = np.array([item.high - item.low for item in items])
    apart = np.zeros((len(items), len(analysis.inside)))
    for segment, inside in enumerate(analysis.inside):
        now, before = (
            _shares(weight[inside, None] * units[inside]) for weight in (analysis.weights.cell, other)
        )
        apart[:, segment] = np.abs(now - before).sum(axis=0) / 2
    return np.asarray(apart * lengths[:, None])


def _shares(weights: Floats) -> Floats:
    total = weights.sum(axis=0)
    return np.asarray(weights / np.where(total > 0, total, 1.0), dtype=np.float64)


def without_outdated(
    gate: Gate, items: Sequence[Item], analysis: Analysis, shown: Release, then: Mapping[int, Weights]
) -> Gate:
    """The gate's verdict, with no figure standing that a corrected frame may have moved by too much.

    It stands if the correction moves it by less than half of its interval's reach: by that rule a statement
    would not have changed. To take it away tells nothing, since no answer decides it.

    shown: the newest release. then: by number of the releases made with another frame, their weights.
    """
    keeps = np.ones(gate.stands.shape, dtype=bool)
    moved = {number: furthest(analysis, items, weights) for number, weights in then.items()}
    row = {item.name: index for index, item in enumerate(items)}
    column = {frozenset(segment.parts): index for index, segment in enumerate(analysis.segments)}
    for cell in shown.cells:
        name, parts = cell.place
        if cell.made_for in moved and name in row and parts in column:
            place = row[name], column[parts]
            times = 100.0 if cell.figure.kind == "share" else 1.0
            reach = (cell.figure.high - cell.figure.low) / 2
            keeps[place] = times * moved[cell.made_for][place] <= MOVED.value * reach
    return replace(gate, stands=np.where(keeps, gate.stands, -1))
