"""Workings: how a figure follows from the sums of its cells, at analysts' precision."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from services.survey import wordings
from services.survey.crowds import Answered, safety
from services.survey.estimates import Analysis, Estimates
from services.survey.numerals import say
from services.survey.rounds import Dimension, Round
from services.survey.segments import Segment, segment_label
from services.survey.steps import Dossier, Row, Step, step
from services.survey.thresholds import K
from shared.events import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_APART = {"gap": wordings.DIFFERENCE, "trend": wordings.CHANGE}


def work_out(dossier: Dossier, analysis: Analysis) -> Iterator[Step]:
    """From sums by cell over weights and estimate to its errors."""
    yield _tallies(dossier, analysis)
    yield _weights(dossier.round, analysis)
    yield _estimate(dossier, analysis)
    if (made := _made(dossier, analysis)) is not None:
        yield _errors(dossier, made)


def told_cells(answered: Answered) -> tuple[Ints, Ints]:
    """The cells of which sums are told one by one, and those that are only told together.

    What is told apart must be safe to tell, and what is left of the total too.
    """
    here = np.flatnonzero(answered.units > 0)
    alone = safety(answered, np.eye(len(answered.units), dtype=bool)[here]) == "fresh"
    order = here[np.lexsort((answered.units[here], alone))]
    together = int((~alone).sum())
    while 0 < together < len(order) and not _is_safe(answered, order[:together]):
        together += 1
    return np.sort(order[together:]), np.sort(order[:together])


def _is_safe(answered: Answered, cells: Ints) -> bool:
    group = np.zeros((1, len(answered.units)), dtype=bool)
    group[0, cells] = True
    return bool(safety(answered, group)[0] == "fresh")


def _answered(dossier: Dossier, analysis: Analysis) -> Answered:
    """The finding's item in the cells of its segment, from 0 to 1 along its scale."""
    index, segment = dossier.place
    item, inside = dossier.verdict.item, np.asarray(analysis.inside[segment], dtype=np.float64)
    units, y, yy = (inside * analysis.tallies.moment(name)[:, index] for name in ("units", "y", "yy"))
    low, span = item.low, item.high - item.low
    along, squares = (y - low * units) / span, (yy - 2 * low * y + low**2 * units) / span**2
    return Answered(analysis.weights.cell, units, along, squares)


def _tallies(dossier: Dossier, analysis: Analysis) -> Step:
    index, _ = dossier.place
    total, squares = (analysis.tallies.moment(name)[:, index] for name in ("y", "yy"))
    answered = _answered(dossier, analysis)
    alone, together = told_cells(answered)

    def row(label: Text, cells: Ints, weight: float | None) -> Row:
        n, y, yy = (float(sums[cells].sum()) for sums in (answered.units, total, squares))
        return {"cell": label, "units": int(n), "sum": y, "squares": yy, "weight": weight}

    rows = [
        row(_cell(dossier.round, analysis, cell), np.array([cell]), float(analysis.weights.cell[cell]))
        for cell in alone.tolist()
    ]
    if len(together):
        rows.append(row(wordings.TOGETHER, together, None))
    n = int(answered.units.sum())
    return step("tallies", [say(wordings.SUMMED, {"units": n})], {"units": n, "cells": len(rows)}, rows)


def _cell(round_: Round, analysis: Analysis, cell: int) -> Text:
    codes = zip(round_.frame.dimensions, analysis.tallies.cell_keys[cell], strict=True)
    return segment_label(round_.frame, Segment(tuple((dimension.code, code) for dimension, code in codes)))


def _weights(round_: Round, analysis: Analysis) -> Step:
    weights = analysis.weights
    numbers = {
        "units": int(weights.counts.sum()),
        "total": weights.total,
        "parameters": weights.parameters,
        "effective": weights.effective_n,
        "efficiency": 100 * weights.efficiency,
    }
    rows = [
        row for place, _ in enumerate(round_.frame.dimensions) for row in _margin(round_, analysis, place)
    ]
    return step("weights", [say(wordings.RAKED, numbers)], numbers, rows)


def _margin(round_: Round, analysis: Analysis, place: int) -> Iterator[Row]:
    dimension: Dimension = round_.frame.dimensions[place]
    weights, codes = analysis.weights, np.array([key[place] for key in analysis.tallies.cell_keys])
    for category in dimension.categories:
        here = codes == category.code
        units = int(weights.counts[here].sum())
        yield {
            "category": segment_label(round_.frame, Segment(((dimension.code, category.code),))),
            "counted": category.count,
            "units": units if units == 0 or units >= K.value else wordings.FEW,
            "weighted": float((weights.cell * weights.counts)[here].sum()),
        }


def _estimate(dossier: Dossier, analysis: Analysis) -> Step:
    item, segment = dossier.place
    times = dossier.verdict.times
    weight = analysis.weights.cell * np.asarray(analysis.inside[segment], dtype=np.float64)
    total, units = (analysis.tallies.moment(name)[:, item] for name in ("y", "units"))
    own = times * float(analysis.means.value[item, segment])
    numbers = {"sum": times * float(weight @ total), "weight": float(weight @ units), "value": own}
    words = [say(wordings.MEAN, numbers)]
    made, template = _made(dossier, analysis), _APART.get(dossier.verdict.hypothesis.rule)
    if template is not None and made is not None:
        apart = times * float(made.value[item, segment])
        words.append(say(template, {"rest": own - apart, "value": apart}))
        numbers |= {"rest": own - apart, "difference": apart}
    return step("estimate", words, numbers)


def _made(dossier: Dossier, analysis: Analysis) -> Estimates | None:
    """The estimates among which the finding's is."""
    rule = dossier.verdict.hypothesis.rule
    return {"gap": analysis.gaps, "trend": analysis.trends}.get(rule, analysis.means)


def _errors(dossier: Dossier, made: Estimates) -> Step:
    place, times, judging = dossier.place, dossier.verdict.times, made.inference
    numbers = {
        "se": times * float(made.se[place]),
        "error": times * math.sqrt(max(float(judging.variance[place]), 0.0)),
        "df": float(judging.df[place]),
        "skew": float(judging.skew[place]),
        "kish": float(judging.kish[place]),
        "covered": 100 * float(judging.covered[place]),
    }
    known = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    return step("errors", [say(wordings.R_ERROR, known), say(wordings.JUDGING_ERROR, known)], known)
