"""Estimates from rows under any design, linearised: each carries the influence of every row on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from services.survey.designs import Design, Floats, Labels
from services.survey.variances import covariance


@dataclass(frozen=True)
class Linearised:
    """Figures. influence: rows × figures, how far each row (with its weight) moves them.

    The variance of a figure is that of the sum of its influences: Taylor's linearisation (Woodruff 1971;
    Binder 1983). A figure that nobody gave an answer for is nan.
    """

    design: Design
    value: Floats
    influence: Floats

    @property
    def covariance(self) -> Floats:
        """Figures × figures; see variances.covariance."""
        return covariance(self.design, self.influence)

    @property
    def se(self) -> Floats:
        """The standard error of each figure."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))

    def interval(self, error: float = 0.05, degrees: float | None = None) -> tuple[Floats, Floats]:
        """Student's interval, value ± t · standard error; nan where no degrees of freedom are left.

        error: the probability to miss. degrees: of freedom, else those of the design; inf gives the normal.
        """
        left = self.design.degrees if degrees is None else degrees
        reach = self.se * stdtrit(left, 1 - error / 2)
        return self.value - reach, self.value + reach

    def contrast(self, coefficients: Sequence[Sequence[float]] | Floats) -> Linearised:
        """Linear combinations, contrasts × figures, such as the difference of two domains' means.

        One that a figure takes part in which is not known is not known.
        """
        c = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
        unknown = np.where((c != 0) @ np.isnan(self.value), np.nan, 0.0)
        value = c @ np.nan_to_num(self.value) + unknown
        return Linearised(self.design, value, np.nan_to_num(self.influence) @ c.T + unknown)

    def changed(self, value: Floats, slope: Floats) -> Linearised:
        """A function of each figure, given its value and its derivative there (the delta method)."""
        return Linearised(self.design, value, self.influence * slope)


def total(design: Design, y: Floats) -> Linearised:
    """Σ w·y of each column of y (rows, or rows × columns); missing values (nan) count for nothing."""
    y = _columns(y)
    influence = design.counted[:, None] * np.nan_to_num(y)
    return _known(Linearised(design, influence.sum(axis=0), influence), design, y)


def mean(design: Design, y: Floats) -> Linearised:
    """Σ w·y / Σ w of each column over the rows that have it (nan: missing). Of 0 and 1: a proportion."""
    y = _columns(y)
    return ratio(design, y, np.where(np.isnan(y), np.nan, 1.0))


def ratio(design: Design, above: Floats, below: Floats) -> Linearised:
    """Σ w·above / Σ w·below, over the rows that have both; influence w (above - R·below) / Σ w·below."""
    above, below = np.broadcast_arrays(_columns(above), _columns(below))
    both = ~np.isnan(above) & ~np.isnan(below)
    above, below = np.where(both, above, 0.0), np.where(both, below, 0.0)
    weight = design.counted[:, None]
    base = (weight * below).sum(axis=0)
    base = np.where(base != 0, base, np.nan)
    value = (weight * above).sum(axis=0) / base
    return Linearised(design, value, weight * (above - value * below) / base)


def variance(design: Design, y: Floats) -> Linearised:
    """The variance of each column in the population: the weighted mean of n/(n - 1) · (y - ȳ)².

    The mean inside it adds nothing to the error, to first order.
    """
    y = _columns(y)
    n = ((design.counted[:, None] > 0) & ~np.isnan(y)).sum(axis=0)
    spread = (y - mean(design, y).value) ** 2
    return mean(design, spread * np.where(n > 1, n / np.maximum(n - 1, 1), np.nan))


def design_effect(design: Design, y: Floats) -> Floats:
    """Variance of each column's mean against a simple random sample without replacement of as many rows.

    A total has the variance of Σ w·y, so its own effect: see `total_effect` (Kish 1965, 8.2).
    """
    return np.asarray(mean(design, y).se ** 2 / _simple(design, y))


def total_effect(design: Design, y: Floats) -> Floats:
    """The design effect of each column's total."""
    population = design.counted @ ~np.isnan(_columns(y))
    return np.asarray(total(design, y).se ** 2 / (_simple(design, y) * population**2))


def _simple(design: Design, y: Floats) -> Floats:
    """S²/n · (1 - n/N) over the rows that have y: the variance of a mean under simple random sampling."""
    given = ~np.isnan(_columns(y)) & (design.counted[:, None] > 0)
    n, population = given.sum(axis=0), design.counted @ given
    return np.asarray(variance(design, y).value * (population - n) / (population * n))


def indicators(labels: Labels, categories: Sequence[object]) -> Floats:
    """Rows × categories: 1 where the label is the category, 0 where it is another, nan where it is none."""
    held = np.zeros((len(labels), len(categories)))
    for column, category in enumerate(categories):
        held[:, column] = np.asarray(labels == category, dtype=np.float64)
    return np.where(held.sum(axis=1, keepdims=True) > 0, held, np.nan)


def together(parts: Sequence[Linearised]) -> Linearised:
    """Figures of one sample side by side, such as those of several domains, with their covariances.

    Their domains may differ: the design that is kept is that of the first, without its domain.
    """
    whole = parts[0].design
    design = Design(whole.weights, whole.stages, whole.lonely, whole.calibrations)
    value = np.concatenate([part.value for part in parts])
    return Linearised(design, value, np.hstack([part.influence for part in parts]))


def _columns(y: Floats) -> Floats:
    held = np.asarray(y, dtype=np.float64)
    return held[:, None] if held.ndim == 1 else held


def _known(figure: Linearised, design: Design, y: Floats) -> Linearised:
    """Nan where no row of the domain has a value."""
    nobody = np.where(((design.counted[:, None] > 0) & ~np.isnan(y)).any(axis=0), 0.0, np.nan)
    return Linearised(figure.design, figure.value + nobody, figure.influence + nobody)
