"""Small-sample errors, for judging and for the intervals that are shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.residuals import Contrast, Fit, Sums, Weighted, coefficients, third
from services.survey.tallies import Tallies
from services.survey.thresholds import LEAST_SPARE_ANSWERS, PRIOR_DF

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Inference:
    """By segment × item: variance, degrees of freedom, skewness of the estimate.

    kish: Kish's effective number of units behind it. most: how many independent answers a share can be worth
    at the most, however alike those of one unit are. covered: the share of the finite population that these
    units are, 0 where it is not corrected for. variance is 0 where all answers are equal.
    """

    variance: Floats
    df: Floats
    skew: Floats
    kish: Floats
    most: Floats
    covered: Floats


@dataclass(frozen=True)
class Ground:
    """What the errors of all estimates of a round share.

    plain, base, squared, hc2: sums with the units' weights, their base weights, the squares of their weights
    and those of HC2. open: squares of weights and of HC2 times the share of the sampling variance that the
    finite population leaves. within: by item, the variance of single answers around their unit's value, where
    enough units gave several to tell; known: whether they did.
    """

    fitted: Fit
    sums: Sums
    plain: Weighted
    base: Weighted
    squared: Weighted
    cubed: Weighted
    hc2: Weighted
    open_squared: Weighted
    open_hc2: Weighted
    covered: Weighted
    within: Floats
    known: Bools


def ground_of(fitted: Fit, sums: Sums, tallies: Tallies, *, fpc: bool) -> Ground:
    """Prepare them.

    The correction for a finite population acts between units. It is used only where enough units gave
    several answers to tell how much the answers within one differ (two-stage sampling; Särndal, Swensson &
    Wretman 1992, 4.3).
    """
    squares, spare = (tallies.moment(name).sum(axis=0) for name in ("within", "spare"))
    known = (spare >= LEAST_SPARE_ANSWERS.value) & fpc
    weight, hc2 = fitted.weights.cell, fitted.hc2**2
    left = np.maximum(1 - 1 / weight, 0.0)

    def weighted(by: Floats) -> Weighted:
        return Weighted(fitted, sums, by)

    return Ground(
        fitted=fitted,
        sums=sums,
        plain=weighted(weight),
        base=weighted(fitted.base),
        squared=weighted(weight**2),
        cubed=weighted(weight**3),
        hc2=weighted(hc2),
        open_squared=weighted(weight**2 * left),
        open_hc2=weighted(hc2 * left),
        covered=weighted(1 - left),
        within=np.where(known, squares / np.maximum(spare, 1), 0.0),
        known=known,
    )


@dataclass(frozen=True)
class Spread:
    """How each item varies over the whole region: variance of one unit around the fit, and its skewness."""

    variance: Floats
    skewness: Floats


@dataclass(frozen=True)
class Residuals:
    """What the fit on the margins leaves of the influence of some estimates.

    beta: its coefficients. hc2: Σ of the squared residuals with HC2's weights, segments × items.
    """

    contrast: Contrast
    beta: Floats
    hc2: Floats


def residuals(ground: Ground, contrast: Contrast) -> Residuals:
    """Fit a contrast's influence on the margins."""
    beta = coefficients(ground.base, contrast)
    return Residuals(contrast, beta, ground.hc2.second(contrast, beta))


def spread(ground: Ground, means: Residuals) -> Spread:
    """The region's spread, from the first row of the means."""
    fitted, second = ground.fitted, means.hc2[0]
    cubed = fitted.hc2**3 @ third(fitted, ground.sums, means.contrast, means.beta)
    squares = ground.squared.powers(means.contrast, 2)[0]
    cubes = ground.cubed.powers(means.contrast, 3)[0]
    lost = _lost(fitted, ground.sums.units.sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return Spread(
            variance=np.where(squares > 0, second * lost / squares, 0.0),
            skewness=np.where(second > 0, cubed / second**1.5 * squares**1.5 / cubes, 0.0),
        )


def infer(ground: Ground, whole: Spread, left: Residuals) -> Inference:
    """HC2 variances with the raking's degrees of freedom, borrowing strength from the region.

    The variance of a segment is moderated towards the region's (Smyth 2004) and never below its own; its
    skewness is the region's, which a segment is too small to show.
    """
    fitted, contrast = ground.fitted, left.contrast
    units, everyone = smaller_side(ground.plain, contrast), ground.sums.units.sum(axis=0)
    shared = _inner(ground, contrast)
    inner = ground.within * shared
    squares, cubes = ground.squared.powers(contrast, 2), ground.cubed.powers(contrast, 3)
    own, pool = left.hc2, squares
    if ground.known.any():
        own = np.where(ground.known, ground.open_hc2.second(contrast, left.beta), own)
        pool = np.where(ground.known, ground.open_squared.powers(contrast, 2), pool)
    # A variance of 1 that lies all between the units, or all within them.
    least = np.maximum(pool, np.where(ground.known, pool * _alone(ground) + shared, 0.0))
    own, pool = own * _lost(fitted, units) + inner, whole.variance * pool + inner
    df, prior, whole_weight = _degrees(fitted, units), PRIOR_DF.value, _absolute(ground.plain, contrast)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Inference(
            variance=np.maximum(own, (prior * pool + df * own) / (prior + df)),
            df=np.minimum(df + prior, _degrees(fitted, everyone)),
            skew=np.where(squares > 0, whole.skewness * cubes / squares**1.5, 0.0),
            kish=whole_weight**2 / squares,
            most=whole_weight**2 / least,
            covered=np.where(ground.known, _share_covered(ground, contrast), 0.0),
        )


def smaller_side(plain: Weighted, contrast: Contrast) -> Floats:
    """The units that answered: of a mean all of them, of a difference those on the smaller side."""
    return np.asarray(np.min([plain.units(rest=side.rest) for side in contrast.sides], axis=0))


def _inner(ground: Ground, contrast: Contrast) -> Floats:
    return sum(
        (side.scale**2 * ground.plain.over("inverse", rest=side.rest) for side in contrast.sides), np.zeros(1)
    )


def _alone(ground: Ground) -> Floats:
    """The mean over the units of 1 / their answers: what is left of a variance that lies all within units."""
    return np.asarray(ground.sums.inverse.sum(axis=0) / np.maximum(ground.sums.units.sum(axis=0), 1))


def _absolute(plain: Weighted, contrast: Contrast) -> Floats:
    return sum(
        (np.abs(side.scale) * plain.over("units", rest=side.rest) for side in contrast.sides), np.zeros(1)
    )


def _share_covered(ground: Ground, contrast: Contrast) -> Floats:
    """The share of the population that the units of an estimate are."""
    sampled = sum((ground.covered.over("units", rest=side.rest) for side in contrast.sides), np.zeros(1))
    return np.asarray(sampled / sum((ground.plain.units(rest=s.rest) for s in contrast.sides), np.zeros(1)))


def _lost(fitted: Fit, units: Floats) -> Floats:
    """The allowance for m - 1: m / (m - 1); nan where the raking leaves nothing to tell an error from.

    HC2 has made up for the parameters of the raking already.
    """
    some = (units > 1) & (fitted.units > fitted.parameters)
    return np.asarray(np.where(some, units / np.where(some, units - 1, 1), np.nan))


def _degrees(fitted: Fit, units: Floats) -> Floats:
    """m (1 - p / n) - 1, at least 1."""
    return np.asarray(np.maximum(units * (1 - fitted.parameters / fitted.units) - 1, 1.0))
