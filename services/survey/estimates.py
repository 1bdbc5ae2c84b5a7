"""Estimates of every item in every declared segment, with their standard errors."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from services.survey.inference import (
    Ground,
    Inference,
    Residuals,
    Spread,
    ground_of,
    infer,
    residuals,
    smaller_side,
    spread,
)
from services.survey.intervals import Uncertain
from services.survey.residuals import Fit, fit, gaps, means, sums_of
from services.survey.rounds import Round
from services.survey.segments import Members, Segment, declared_segments, members
from services.survey.tallies import Tallies
from services.survey.weighting import Weights, rake

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimates:
    """Figures by item and segment: every array is items × segments, nan where nobody answered.

    value: mean of an item, or difference from all the rest. se: the design-based standard error as R's survey
    package gives it. units: answering units (of a difference, on the smaller side). inference: the
    small-sample error that decisions and published intervals use. clusters: the organisations of the units
    where these are people who answered in organisations.
    """

    value: Floats
    se: Floats
    units: Floats
    inference: Inference
    clusters: Floats | None = None

    @property
    def independent(self) -> Floats:
        """How many answered independently of each other: organisations, or people who named none."""
        return self.units if self.clusters is None else self.clusters

    @property
    def uncertain(self) -> Uncertain:
        """The figures with the uncertainty that decisions and published intervals use."""
        inference = self.inference
        return Uncertain(
            value=self.value,
            variance=inference.variance,
            df=inference.df,
            skew=inference.skew,
            kish=inference.kish,
            most=inference.most,
            covered=inference.covered,
            units=self.units,
        )


@dataclass(frozen=True)
class Analysis:
    """All that the tallies of a round say: a mean and a difference for every item and declared segment.

    population: N, or None where no finite population is corrected for. inside: segments × cells. trends:
    changes from the round before, if any.
    """

    segments: tuple[Segment, ...]
    inside: Members
    tallies: Tallies
    fitted: Fit
    population: float | None
    means: Estimates
    gaps: Estimates
    trends: Estimates | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """The items, in the order of the arrays."""
        return self.tallies.items

    @property
    def weights(self) -> Weights:
        """The raked weights, trimmed where the round says so."""
        return self.fitted.weights


def analyse(round_: Round, tallies: Tallies) -> Analysis:
    """Weight the answers and estimate every item in every declared segment (the region is the first).

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    segments = declared_segments(round_)
    inside = members(round_.frame, segments, tallies.cell_keys)
    weights = rake(round_.frame, tallies.cell_keys, tallies.counts, trim=round_.trim)
    fitted, sums = fit(weights, inside), sums_of(tallies)
    fpc = round_.fpc and round_.unit == "organisation"
    population = round_.frame.size if fpc else None
    ground = ground_of(fitted, sums, tallies, fpc=fpc)
    left = [residuals(ground, contrast) for contrast in (means(ground.plain), gaps(ground.plain))]
    whole = spread(ground, left[0])
    mean, gap = (_estimated(ground, whole, one, population) for one in left)
    return Analysis(
        segments=segments,
        inside=inside,
        tallies=tallies,
        fitted=fitted,
        population=population,
        means=mean,
        gaps=gap,
    )


def _estimated(ground: Ground, whole: Spread, left: Residuals, population: float | None) -> Estimates:
    contrast, made = left.contrast, infer(ground, whole, left)
    known = ~np.isnan(contrast.value)

    def told(figures: Floats) -> Floats:
        return np.asarray(np.where(known, figures, np.nan).T)

    return Estimates(
        value=contrast.value.T,
        se=told(_error(ground, left, population)),
        units=smaller_side(ground.plain, contrast).T,
        inference=Inference(*(told(getattr(made, part.name)) for part in fields(Inference))),
    )


def _error(ground: Ground, left: Residuals, population: float | None) -> Floats:
    """R's standard error: n / (n - 1) Σ (e - ē)², times 1 - n / N where the population is finite."""
    n, contrast, beta = ground.fitted.units, left.contrast, left.beta
    if n < 2:
        return np.full(contrast.value.shape, np.nan)
    centred = ground.squared.second(contrast, beta) - ground.plain.first(contrast, beta) ** 2 / n
    open_ = 1.0 if population is None else max(1 - n / population, 0.0)
    return np.asarray(np.sqrt(np.maximum(centred, 0.0) * n / (n - 1) * open_))
