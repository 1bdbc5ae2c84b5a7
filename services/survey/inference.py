"""Small-sample errors, for judging and for the intervals that are shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.residuals import Contrast, Fit, Powers, Sums
from services.survey.thresholds import LEAST_SPARE_ANSWERS, PRIOR_DF

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Inference:
    """By segment (or item × segment): variance, degrees of freedom, skewness of the estimate.

    kish: Kish's effective number of units behind it. covered: the share of the finite population that these
    units are, 0 where it is not corrected for. variance is 0 where all answers are equal.
    """

    variance: Floats
    df: Floats
    skew: Floats
    kish: Floats
    covered: Floats


@dataclass(frozen=True)
class Spread:
    """How one item varies over the whole region.

    variance: of one unit around the fit. skewness: of one unit. within: variance of single answers around
    their unit's value, 0 where units count as measured without error. open_share: by cell, the share of the
    sampling variance that the finite population leaves.
    """

    variance: float
    skewness: float
    within: float
    open_share: Floats


@dataclass(frozen=True)
class Staff:
    """Of one item: Σ 1/answers by cell, and over all cells the squares within units and the spare answers."""

    inverse: Floats
    squares: float
    spare: float


def spread(fitted: Fit, sums: Sums, staff: Staff, region: tuple[Contrast, Powers], *, fpc: bool) -> Spread:
    """The region's spread, from the first row of its contrast.

    The correction for a finite population acts between units. It is used only where enough units gave
    several answers to tell how much the answers within one differ (two-stage sampling; Särndal, Swensson &
    Wretman 1992, 4.3).
    """
    contrast, power = region
    known = fpc and staff.spare >= LEAST_SPARE_ANSWERS.value
    weight = fitted.weights.cell
    second = float(power.second[0] @ fitted.hc2**2)
    third = float(power.third[0] @ fitted.hc2**3)
    squares, cubes = _weight_powers(weight, sums, contrast)
    return Spread(
        variance=second * float(_lost(fitted, sums.units.sum())) / squares[0] if squares[0] else 0.0,
        skewness=third / second**1.5 * squares[0] ** 1.5 / cubes[0] if second > 0 else 0.0,
        within=staff.squares / staff.spare if known else 0.0,
        open_share=np.maximum(1 - 1 / weight, 0.0) if known else np.ones(len(weight)),
    )


def infer(
    fitted: Fit, sums: Sums, staff: Staff, whole: Spread, estimate: tuple[Contrast, Powers]
) -> Inference:
    """HC2 variances with the raking's degrees of freedom, borrowing strength from the region.

    The variance of a segment is moderated towards the region's (Smyth 2004) and never below its own; its
    skewness is the region's, which a segment is too small to show.
    """
    contrast, power = estimate
    weight, size = fitted.weights.cell, contrast.coefficient**2
    units = smaller_side(sums, contrast)
    inner = whole.within * (size @ (weight * staff.inverse))
    own = power.second @ (fitted.hc2**2 * whole.open_share) * _lost(fitted, units) + inner
    pool = whole.variance * (size @ (weight**2 * whole.open_share * sums.units)) + inner
    df, prior = _degrees(fitted, units), PRIOR_DF.value
    squares, cubes = _weight_powers(weight, sums, contrast)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Inference(
            variance=np.maximum(own, (prior * pool + df * own) / (prior + df)),
            df=np.minimum(df + prior, _degrees(fitted, sums.units.sum())),
            skew=np.where(squares > 0, whole.skewness * cubes / squares**1.5, 0.0),
            kish=(np.abs(contrast.coefficient) @ (weight * sums.units)) ** 2 / squares,
            covered=((size > 0) @ ((1 - whole.open_share) * sums.units)) / ((size > 0) @ sums.units),
        )


def smaller_side(sums: Sums, contrast: Contrast) -> Floats:
    """The units that answered: of a mean all of them, of a difference those on the smaller side."""
    above = (contrast.coefficient > 0) @ sums.units
    below = (contrast.coefficient < 0) @ sums.units
    return np.asarray(np.where(below > 0, np.minimum(above, below), above))


def _weight_powers(weight: Floats, sums: Sums, contrast: Contrast) -> tuple[Floats, Floats]:
    """Σ of squares and of cubes of the units' weights in an estimate."""
    each = contrast.coefficient * weight
    return each**2 @ sums.units, each**3 @ sums.units


def _lost(fitted: Fit, units: Floats) -> Floats:
    """The allowance for m - 1 and for the raking: m / (m - 1) / (1 - p / n); nan where nothing is left."""
    left = (units - 1) * (1 - fitted.parameters / fitted.units)
    return np.asarray(np.where(left > 0, units / np.where(left > 0, left, 1), np.nan))


def _degrees(fitted: Fit, units: Floats) -> Floats:
    """m (1 - p / n) - 1, at least 1."""
    return np.asarray(np.maximum(units * (1 - fitted.parameters / fitted.units) - 1, 1.0))
