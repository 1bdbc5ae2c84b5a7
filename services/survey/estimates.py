"""Estimates of every item in every declared segment, with their standard errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.inference import Inference, Staff, infer, smaller_side, spread
from services.survey.intervals import Uncertain
from services.survey.residuals import Contrast, Fit, Powers, Sums, fit, gaps, means, powers, sums_of
from services.survey.rounds import Round
from services.survey.segments import Members, Segment, declared_segments, members
from services.survey.tallies import Tallies
from services.survey.weighting import Weights, rake

Floats = npt.NDArray[np.float64]
Kind = Callable[[Weights, Sums, Members], Contrast]


@dataclass(frozen=True)
class Estimates:
    """Figures by item and segment: every array is items × segments, nan where nobody answered.

    value: mean of an item, or difference from all the rest. se: the design-based standard error as R's survey
    package gives it. units: answering units (of a difference, on the smaller side). inference: the
    small-sample error that decisions and published intervals use.
    """

    value: Floats
    se: Floats
    units: Floats
    inference: Inference

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
            covered=inference.covered,
            units=self.units,
        )


@dataclass(frozen=True)
class Analysis:
    """All that the tallies of a round say: a mean and a difference for every item and declared segment.

    population: N, or None where no finite population is corrected for. inside: segments × cells.
    """

    segments: tuple[Segment, ...]
    inside: Members
    tallies: Tallies
    fitted: Fit
    population: float | None
    means: Estimates
    gaps: Estimates

    @property
    def items(self) -> tuple[str, ...]:
        """The items, in the order of the arrays."""
        return self.tallies.items

    @property
    def weights(self) -> Weights:
        """The raked weights."""
        return self.fitted.weights


def analyse(round_: Round, tallies: Tallies) -> Analysis:
    """Weight the answers and estimate every item in every declared segment (the region is the first).

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    segments = declared_segments(round_)
    inside = members(round_.frame, segments, tallies.cell_keys)
    fitted = fit(rake(round_.frame, tallies.cell_keys, tallies.counts))
    fpc = round_.fpc and round_.unit == "organisation"
    population = round_.frame.size if fpc else None
    figured = [_item(fitted, tallies, index, inside, population) for index in range(len(tallies.items))]
    return Analysis(
        segments=segments,
        inside=inside,
        tallies=tallies,
        fitted=fitted,
        population=population,
        means=_stacked([mean for mean, _ in figured]),
        gaps=_stacked([gap for _, gap in figured]),
    )


def _item(
    fitted: Fit, tallies: Tallies, item: int, inside: Members, population: float | None
) -> tuple[Estimates, Estimates]:
    sums, staff = sums_of(tallies, item), _staff(tallies, item)
    contrasts = [kind(fitted.weights, sums, inside) for kind in (means, gaps)]
    parts = [(contrast, powers(fitted, sums, contrast)) for contrast in contrasts]
    whole = spread(fitted, sums, staff, parts[0], fpc=population is not None)
    errors = [_error(fitted, power, population) for _, power in parts]
    made = [
        Estimates(contrast.value, se, smaller_side(sums, contrast), infer(fitted, sums, staff, whole, part))
        for part, contrast, se in zip(parts, contrasts, errors, strict=True)
    ]
    return made[0], made[1]


def _staff(tallies: Tallies, item: int) -> Staff:
    return Staff(
        inverse=tallies.moment("inverse")[:, item],
        squares=float(tallies.moment("within")[:, item].sum()),
        spare=float(tallies.moment("spare")[:, item].sum()),
    )


def _error(fitted: Fit, power: Powers, population: float | None) -> Floats:
    """R's standard error: n / (n - 1) Σ (e - ē)², times 1 - n / N where the population is finite."""
    n, weight = fitted.units, fitted.weights.cell
    if n < 2:
        return np.full(len(power.first), np.nan)
    centred = power.second @ weight**2 - (power.first @ weight) ** 2 / n
    left = 1.0 if population is None else max(1 - n / population, 0.0)
    return np.asarray(np.sqrt(np.maximum(centred, 0.0) * n / (n - 1) * left))


def _stacked(rows: Sequence[Estimates]) -> Estimates:
    def stack(pick: Callable[[Estimates], Floats]) -> Floats:
        return np.array([np.where(np.isnan(row.value), np.nan, pick(row)) for row in rows])

    return Estimates(
        value=stack(lambda row: row.value),
        se=stack(lambda row: row.se),
        units=np.array([row.units for row in rows]),
        inference=Inference(
            variance=stack(lambda row: row.inference.variance),
            df=stack(lambda row: row.inference.df),
            skew=stack(lambda row: row.inference.skew),
            kish=stack(lambda row: row.inference.kish),
            covered=stack(lambda row: row.inference.covered),
        ),
    )
