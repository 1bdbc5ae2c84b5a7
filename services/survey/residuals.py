"""Residuals of linearised estimates after raking: their sums of powers by cell, from tallies alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.segments import Members
from services.survey.tallies import Tallies
from services.survey.weighting import Weights

Floats = npt.NDArray[np.float64]

_LEAST_REMAINDER = 1e-8


@dataclass(frozen=True)
class Fit:
    """The least-squares fit on the margin dummies with the base weights.

    leverage: of one unit, by cell. solve: parameters × cells, makes fitted values of base-weighted sums over
    the columns of the design.
    """

    weights: Weights
    solve: Floats
    leverage: Floats
    parameters: int

    @property
    def units(self) -> int:
        """n: all answering units."""
        return int(self.weights.counts.sum())

    @property
    def hc2(self) -> Floats:
        """Weight of a residual with HC2's allowance for leverage: w / √(1 - h) (MacKinnon & White 1985)."""
        return np.asarray(self.weights.cell / np.sqrt(np.maximum(1 - self.leverage, _LEAST_REMAINDER)))


def fit(weights: Weights) -> Fit:
    """Prepare the fit that every estimate of the round shares."""
    x, b = weights.design, weights.base
    inverse = np.linalg.pinv(x.T @ (x * (weights.counts * b)[:, None]), hermitian=True)
    return Fit(weights, inverse @ x.T, b * ((x @ inverse) * x).sum(axis=1), weights.parameters)


@dataclass(frozen=True)
class Sums:
    """The moments of one item by cell (see tallies.MOMENTS)."""

    units: Floats
    y: Floats
    yy: Floats
    yyy: Floats


def sums_of(tallies: Tallies, item: int) -> Sums:
    """The moments of the item with this index."""
    return Sums(*(tallies.moment(name)[:, item] for name in ("units", "y", "yy", "yyy")))


@dataclass(frozen=True)
class Contrast:
    """Weighted means, or differences of two: value = Σ coefficient · w · y over the units that answered.

    coefficient, centre: contrasts × cells; a unit's influence is coefficient · (y - centre).
    """

    value: Floats
    coefficient: Floats
    centre: Floats


def means(weights: Weights, sums: Sums, inside: Members) -> Contrast:
    """The weighted mean of an item in each segment; nan where nobody answered."""
    total = inside @ (weights.cell * sums.units)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (inside @ (weights.cell * sums.y)) / np.where(total > 0, total, np.nan)
        share = 1 / total
    here = inside & (total > 0)[:, None]
    return Contrast(value, np.where(here, share[:, None], 0.0), np.where(here, value[:, None], 0.0))


def gaps(weights: Weights, sums: Sums, inside: Members) -> Contrast:
    """The mean of each segment less the mean of all the rest; nan where either side is empty."""
    here, rest = means(weights, sums, inside), means(weights, sums, ~inside)
    return Contrast(here.value - rest.value, here.coefficient - rest.coefficient, here.centre + rest.centre)


@dataclass(frozen=True)
class Powers:
    """Σ r, Σ r² and Σ r³ of the residuals of influence in each cell: contrasts × cells."""

    first: Floats
    second: Floats
    third: Floats


def powers(fitted: Fit, sums: Sums, contrast: Contrast) -> Powers:
    """Sums of powers of the residuals, of units that did not answer the item too (influence 0).

    The residual of a calibrated estimate is what the fit on the margins leaves of the influence (Deville &
    Särndal 1992; base weights in the fit, as in `calibrate` of R's survey package).
    """
    a, m = contrast.coefficient, contrast.centre
    n, y, yy, yyy = sums.units, sums.y, sums.yy, sums.yyy
    one = a * (y - m * n)
    two = a**2 * (yy - 2 * m * y + m**2 * n)
    three = a**3 * (yyy - 3 * m * yy + 3 * m**2 * y - m**3 * n)
    f = (one * fitted.weights.base) @ fitted.weights.design @ fitted.solve
    counts = fitted.weights.counts
    return Powers(
        first=one - counts * f,
        second=np.maximum(two - 2 * f * one + counts * f**2, 0.0),
        third=three - 3 * f * two + 3 * f**2 * one - counts * f**3,
    )
