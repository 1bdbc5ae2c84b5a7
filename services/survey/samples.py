"""Samples: the answers of a round row by row, one row a unit, as a raked design."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from services.survey.answers import AnswerSet
from services.survey.calibrations import Fit
from services.survey.designs import Design, Floats, Ints, Stage
from services.survey.rounds import Round
from services.survey.weighting import Weights, rake


@dataclass(frozen=True)
class Sample:
    """design: raked, and corrected for a finite population where the round is. weights: the same by cell.

    values: units × items, the mean of each unit's answers, nan where it gave none. cells: of each unit, an
    index into `cell_keys`.
    """

    design: Design
    weights: Weights
    values: Floats
    cells: Ints
    cell_keys: tuple[tuple[str, ...], ...]


def sample_of(round_: Round, answers: AnswerSet) -> Sample:
    """The units that answered, weighted to the frame.

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    first = np.unique(answers.units, return_index=True)[1]
    used, cells = np.unique(answers.cells[first], return_inverse=True)
    keys = tuple(answers.cell_keys[cell] for cell in used)
    weights = rake(round_.frame, keys, np.bincount(cells, minlength=len(keys)), trim=round_.trim)
    corrected = round_.fpc and round_.unit == "organisation"
    population = max(round_.frame.size, float(len(first))) if corrected else np.inf
    units = np.arange(len(first))
    stage = Stage(np.zeros_like(units), units, np.full(len(first), population))
    fit = Fit(weights.design[cells], weights.base[cells], weights.raked[cells])
    design = Design(weights.cell[cells], (stage,), "remove", (fit,))
    return Sample(design, weights, unit_means(answers), cells, keys)


def unit_means(answers: AnswerSet) -> Floats:
    """The mean of each unit's answers, nan where it gave none: units × items."""
    order = np.argsort(answers.units, kind="stable")
    starts = np.unique(answers.units[order], return_index=True)[1]
    given = np.isfinite(answers.values[order])
    total = np.add.reduceat(np.nan_to_num(answers.values[order]), starts, axis=0)
    count = np.add.reduceat(given.astype(np.float64), starts, axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def clustered(sample: Sample, clusters: Ints) -> Sample:
    """The same units drawn in clusters, such as people in organisations. clusters: of each unit."""
    codes = np.unique(clusters, return_inverse=True)[1]
    stage = Stage(np.zeros_like(codes), codes, np.full(len(codes), np.inf))
    return replace(sample, design=replace(sample.design, stages=(stage,)))
