"""Waves: how figures changed from an earlier round, those who answered both times counted as the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet
from services.survey.estimates import Analysis, Estimates
from services.survey.inference import Inference, ground_of
from services.survey.questionnaires import Questionnaire
from services.survey.residuals import coefficients, means, sums_of
from services.survey.tallies import CellKey
from services.survey.thresholds import K

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

Place = tuple[str, str]

_MOST_ALIKE = 0.95


@dataclass(frozen=True)
class Side:
    """The units of one round that answered in both, in one order.

    values: units × items of that round, the mean of each unit's answers; nan for none. cells: of each unit.
    """

    values: Floats
    cells: Sequence[CellKey]


@dataclass(frozen=True)
class Panel:
    """The units that answered in both rounds, in each of them."""

    now: Side
    then: Side


@dataclass(frozen=True)
class Former:
    """The round before.

    means: by item and slug of the segment, the figures that its last release shows, in full. analysis: of the
    answers that are left of it; it tells only how much alike the units in both rounds answered. None where
    they cannot be weighted any more.
    """

    means: Mapping[Place, Shown]
    analysis: Analysis | None
    panel: Panel


class Shown(NamedTuple):
    """A mean that was published, at full precision."""

    value: float
    se: float
    units: float
    independent: float
    variance: float
    df: float
    skew: float
    kish: float
    covered: float


def shown_mean(means: Estimates, item: int, segment: int) -> Shown:
    """One mean with all that a later round needs of it."""
    at, inference = (item, segment), means.inference
    plain = (means.value, means.se, means.units, means.independent)
    errors = (inference.variance, inference.df)
    parts = (*plain, *errors, inference.skew, inference.kish, inference.covered)
    return Shown(*(float(part[at]) for part in parts))


def panel(now: tuple[AnswerSet, Sequence[str | None]], then: tuple[AnswerSet, Sequence[str | None]]) -> Panel:
    """The panel of two sets of answers, each with the organisation of every answer, in its order."""
    here, there = _of_units(now[1]), _of_units(then[1])
    both = sorted(here.keys() & there.keys())
    return Panel(_side(here, both, now[0]), _side(there, both, then[0]))


def comparable(now: Questionnaire, then: Questionnaire) -> frozenset[str]:
    """The codes of the questions that both ask on the same scale."""
    before = {(q.code, q.kind, q.low, q.high) for q in then.questions}
    return frozenset(q.code for q in now.questions if (q.code, q.kind, q.low, q.high) in before)


def trends(now: Analysis, former: Former) -> Estimates:
    """The change of every item and segment that both rounds show; nan for the others.

    Var(now - then) = Var(now) + Var(then) - 2 Cov, where the covariance comes from the residuals of the units
    in both (Kish 1965, 12.4; Berger 2004): their correlation over all units' residuals, at least 0, and 0
    where fewer than k of them answered both times.
    """
    then = np.full((len(Shown._fields), *now.means.value.shape), np.nan)
    for i, item in enumerate(now.items):
        for s, segment in enumerate(now.segments):
            if (item, segment.slug) in former.means:
                then[:, i, s] = former.means[item, segment.slug]
    return _changed(now.means, Shown(*then), _likeness(now, former))


def _changed(now: Estimates, then: Any, alike: Floats) -> Estimates:
    """now, then: each items × segments; of `then` nan where it shows none."""
    here = now.inference
    variance = _apart(here.variance, then.variance, alike)
    cubes = here.skew * here.variance**1.5 - then.skew * then.variance**1.5
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.where(variance > 0, cubes / variance**1.5, 0.0)
    return Estimates(
        value=now.value - then.value,
        se=np.sqrt(_apart(now.se**2, then.se**2, alike)),
        units=np.nan_to_num(np.minimum(now.units, then.units)),
        inference=Inference(
            variance=variance,
            df=np.minimum(here.df, then.df),
            skew=skew,
            kish=np.minimum(here.kish, then.kish),
            most=here.most,
            covered=np.minimum(here.covered, then.covered),
        ),
        clusters=None if now.clusters is None else np.minimum(now.clusters, np.nan_to_num(then.independent)),
    )


def _apart(now: Floats, then: Floats, alike: Floats) -> Floats:
    return np.asarray(now + then - 2 * alike * np.sqrt(now * then))


def _likeness(now: Analysis, former: Former) -> Floats:
    """The correlation of two estimates that the units in both make: items × segments."""
    alike = np.zeros((len(now.items), len(now.segments)))
    before = former.analysis
    if before is None or len(former.panel.now.cells) < K.value:
        return alike
    here, there = _Residuals(now, former.panel.now), _Residuals(before, former.panel.then)
    shared = [item for item in now.items if item in before.items]
    new, old = ([side.items.index(item) for item in shared] for side in (now, before))
    for s, segment in enumerate(now.segments):
        if segment in before.segments:
            r = before.segments.index(segment)
            both = (here.answered(s)[:, new] & there.answered(r)[:, old]).sum(axis=0)
            together = (here.of(s)[:, new] * there.of(r)[:, old]).sum(axis=0)
            size = np.sqrt(here.whole[s, new] * there.whole[r, old])
            share = np.where(size > 0, together / np.where(size > 0, size, 1.0), 0.0)
            alike[new, s] = np.where(both >= K.value, np.clip(share, 0.0, _MOST_ALIKE), 0.0)
    return alike


class _Residuals:
    """The HC2 residuals of the units of a panel. whole: Σ of the squares over all units, segments × items."""

    def __init__(self, analysis: Analysis, side: Side) -> None:
        fpc = analysis.population is not None
        ground = ground_of(analysis.fitted, sums_of(analysis.tallies), analysis.tallies, fpc=fpc)
        place = {key: index for index, key in enumerate(analysis.tallies.cell_keys)}
        self.fitted, self.values = analysis.fitted, side.values
        self.contrast = means(ground.plain)
        self.beta = coefficients(ground.base, self.contrast)
        self.whole = ground.hc2.second(self.contrast, self.beta)
        self.cells = np.array([place[cell] for cell in side.cells], dtype=np.int64)
        self.inside = analysis.inside[:, self.cells]

    def answered(self, segment: int) -> Bools:
        """Who of the panel answered each item and lies in a segment: units × items."""
        return np.asarray(~np.isnan(self.values) & self.inside[segment][:, None])

    def of(self, segment: int) -> Floats:
        """Units × items."""
        side = self.contrast.sides[0]
        apart = side.scale[segment] * (np.nan_to_num(self.values) - side.centre[segment])
        fit = self.fitted.design[self.cells] @ self.beta[segment]
        influence = np.where(self.answered(segment), apart, 0.0)
        return np.asarray(self.fitted.hc2[self.cells][:, None] * (influence - fit))


def _of_units(organisations: Sequence[str | None]) -> dict[str, list[int]]:
    """The rows of each organisation that gave its name."""
    found: dict[str, list[int]] = {}
    for row, name in enumerate(organisations):
        if name is not None:
            found.setdefault(name, []).append(row)
    return found


def _side(rows: Mapping[str, Sequence[int]], both: Sequence[str], answers: AnswerSet) -> Side:
    def mean(values: Floats) -> Floats:
        n = (~np.isnan(values)).sum(axis=0)
        return np.where(n > 0, np.nansum(values, axis=0) / np.maximum(n, 1), np.nan)

    values = [mean(answers.values[list(rows[name])]) for name in both]
    cells = [answers.cell_keys[answers.cells[rows[name][0]]] for name in both]
    return Side(np.array(values).reshape(len(both), len(answers.items)), cells)
