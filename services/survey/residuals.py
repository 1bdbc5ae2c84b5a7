"""Residuals of linearised estimates after raking, from tallies alone and for all items at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from services.survey.segments import Members
from services.survey.tallies import Tallies
from services.survey.weighting import Weights

Floats = npt.NDArray[np.float64]

_LEAST_REMAINDER = 1e-8
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Fit:
    """The least-squares fit on the margin dummies with the base weights.

    design: cells × parameters, the dummies over what trimming left of the weights. base: the base weights
    times the square of that. inverse: parameters × parameters, makes coefficients of base-weighted sums over
    the dummies. leverage: of one unit, by cell. groups: (segments · parameters) × cells, which cells of a
    segment have which dummy. inside: segments × cells. The region is the first segment.
    """

    weights: Weights
    design: Floats
    base: Floats
    inverse: Floats
    leverage: Floats
    parameters: int
    inside: csr_array
    groups: csr_array

    @property
    def units(self) -> int:
        """n: all answering units."""
        return int(self.weights.counts.sum())

    @cached_property
    def hc2(self) -> Floats:
        """Weight of a residual with HC2's allowance for leverage: w / √(1 - h) (MacKinnon & White 1985)."""
        return np.asarray(self.weights.cell / np.sqrt(np.maximum(1 - self.leverage, _LEAST_REMAINDER)))


def fit(weights: Weights, inside: Members) -> Fit:
    """Prepare the fit that every estimate of the round shares.

    After trimming, residuals are still those of the raking (as in R's survey package): with w the trimmed and
    v the raked weight, v · (u · w / v - its fit) for an influence u; here as w · (u - v / w · that fit).
    """
    x, b = weights.design, weights.base
    left = weights.cell / weights.raked
    seen = x / left[:, None]
    inverse = np.linalg.pinv(x.T @ (x * (weights.counts * b)[:, None]), hermitian=True)
    leverage = b * ((x @ inverse) * x).sum(axis=1)
    segment, cell = np.nonzero(inside)
    pair, dummy = np.nonzero(x[cell])
    rows, columns = segment[pair] * x.shape[1] + dummy, cell[pair]
    groups = csr_array((seen[columns, dummy], (rows, columns)), shape=(len(inside) * x.shape[1], len(x)))
    return Fit(
        weights=weights,
        design=seen,
        base=b * left**2,
        inverse=np.asarray(inverse, dtype=np.float64),
        leverage=leverage,
        parameters=weights.parameters,
        inside=csr_array(inside.astype(np.float64)),
        groups=groups,
    )


@dataclass(frozen=True)
class Sums:
    """The moments of all items (see tallies.MOMENTS): cells × items."""

    units: Floats
    y: Floats
    yy: Floats
    yyy: Floats
    inverse: Floats


def sums_of(tallies: Tallies) -> Sums:
    """The moments that estimates use."""
    return Sums(*(tallies.moment(name) for name in ("units", "y", "yy", "yyy", "inverse")))


@dataclass(frozen=True)
class Side:
    """One weighted mean of a contrast, over the cells inside of the segments or over all the others.

    scale: what a unit's weighted value is multiplied by (± 1 / the weight of those that answered). centre:
    the mean; both segments × items, 0 where nobody answered. rest: whether it is over the others.
    """

    scale: Floats
    centre: Floats
    rest: bool


@dataclass(frozen=True)
class Contrast:
    """Weighted means, or differences of two: segments × items, nan where a side is empty."""

    value: Floats
    sides: tuple[Side, ...]


def means(plain: Weighted) -> Contrast:
    """The weighted mean of every item in each segment; `plain` has the weights of the units."""
    side = _side(plain, rest=False)
    return Contrast(np.where(side.scale > 0, side.centre, np.nan), (side,))


def gaps(plain: Weighted) -> Contrast:
    """The mean of each segment less the mean of all the rest."""
    here, rest = _side(plain, rest=False), _side(plain, rest=True)
    both = (here.scale > 0) & (rest.scale > 0)
    value = np.where(both, here.centre - rest.centre, np.nan)
    return Contrast(value, (here, Side(-rest.scale, rest.centre, rest=True)))


def _side(plain: Weighted, *, rest: bool) -> Side:
    some = plain.units(rest=rest) > 0
    total = np.where(some, plain.over("units", rest=rest), 1.0)
    centre = np.where(some, plain.over("y", rest=rest) / total, 0.0)
    return Side(np.where(some, 1 / total, 0.0), centre, rest)


class Weighted:
    """Sums over segments of the moments of all items, each cell's multiplied by a weight."""

    def __init__(self, fitted: Fit, sums: Sums, weight: Floats) -> None:
        self.fitted, self.sums, self.weight = fitted, sums, weight
        self._over: dict[str, tuple[Floats, Floats]] = {}
        self._by_dummy: dict[str, Floats] = {}

    def units(self, *, rest: bool) -> Floats:
        """How many units answered on a side: segments × items."""
        inside = self.fitted.inside @ self.sums.units
        return np.asarray(self.sums.units.sum(axis=0) - inside if rest else inside)

    def over(self, name: str, *, rest: bool) -> Floats:
        """Σ of a moment over the cells inside of each segment, or over the rest: segments × items."""
        if name not in self._over:
            values = self.weight[:, None] * getattr(self.sums, name)
            self._over[name] = self.fitted.inside @ values, values.sum(axis=0)
        inside, total = self._over[name]
        return np.asarray(total - inside if rest else inside)

    def first(self, contrast: Contrast, beta: Floats) -> Floats:
        """Σ of the residuals: segments × items. beta: see `coefficients`."""
        one = np.zeros(1)
        for side in contrast.sides:
            y, n = (self.over(name, rest=side.rest) for name in ("y", "units"))
            one = one + side.scale * (y - side.centre * n)
        counted = self.fitted.design.T @ (self.weight * self.fitted.weights.counts)
        return np.asarray(one - np.einsum("spi,p->si", beta, counted))

    def second(self, contrast: Contrast, beta: Floats) -> Floats:
        """Σ of the squared residuals: segments × items; also of units that did not answer (influence 0)."""
        two = size = np.zeros(1)
        for side in contrast.sides:
            yy, y, n = (self.over(name, rest=side.rest) for name in ("yy", "y", "units"))
            two = two + side.scale**2 * (yy - 2 * side.centre * y + side.centre**2 * n)
            size = size + side.scale**2 * (yy + side.centre**2 * n)
        x, counts = self.fitted.design, self.fitted.weights.counts
        metric = x.T @ (x * (self.weight * counts)[:, None])
        crossed = metric @ beta - 2 * self.influence(contrast)
        left = two + (beta * crossed).sum(axis=1)
        # What rounding leaves of equal answers must not pass for a tiny error.
        return np.asarray(np.where(left > _ROUNDING * size, left, 0.0))

    def influence(self, contrast: Contrast) -> Floats:
        """Σ of the influence over the cells of each dummy: segments × parameters × items."""
        total = np.zeros(1)
        for side in contrast.sides:
            y, n = (self._of_dummies(name, rest=side.rest) for name in ("y", "units"))
            total = total + side.scale[:, None] * (y - side.centre[:, None] * n)
        return total

    def powers(self, contrast: Contrast, power: float) -> Floats:
        """Σ of a power of the units' shares in the estimate, `weight` being that power of theirs."""
        total = np.zeros(1)
        for side in contrast.sides:
            total = total + side.scale**power * self.over("units", rest=side.rest)
        return total

    def _of_dummies(self, name: str, *, rest: bool) -> Floats:
        if name not in self._by_dummy:
            values = self.weight[:, None] * getattr(self.sums, name)
            shape = (-1, self.fitted.design.shape[1], values.shape[1])
            self._by_dummy[name] = (self.fitted.groups @ values).reshape(shape)
        inside = self._by_dummy[name]
        return np.asarray(inside[0] - inside if rest else inside)


def coefficients(base: Weighted, contrast: Contrast) -> Floats:
    """Of the fit of the influence on the margins with the base weights: segments × parameters × items.

    The residual of a calibrated estimate is what this fit leaves of the influence (Deville & Särndal 1992;
    base weights in the fit, as in `calibrate` of R's survey package).
    """
    return np.asarray(base.fitted.inverse @ base.influence(contrast))


def third(fitted: Fit, sums: Sums, region: Contrast, beta: Floats) -> Floats:
    """Σ r³ of the residuals of the region's means: cells × items."""
    side = region.sides[0]
    a, m, f = side.scale[0], side.centre[0], csr_array(fitted.design) @ beta[0]
    n, y, yy, yyy = sums.units, sums.y, sums.yy, sums.yyy
    one = a * (y - m * n)
    two = a**2 * (yy - 2 * m * y + m**2 * n)
    three = a**3 * (yyy - 3 * m * yy + 3 * m**2 * y - m**3 * n)
    return np.asarray(three - 3 * f * two + 3 * f**2 * one - fitted.weights.counts[:, None] * f**3)
