"""Intervals and tail probabilities of means, differences and shares."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv, stdtr, stdtrit

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Place = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

_TAIL_OF_COUNT = 0.01
_NONE = 1e-9


@dataclass(frozen=True)
class Uncertain:
    """Estimates with their uncertainty; all arrays have one shape. See inference.Inference for the fields."""

    value: Floats
    variance: Floats
    df: Floats
    skew: Floats
    kish: Floats
    most: Floats
    covered: Floats
    units: Floats

    def at(self, place: Place | Bools) -> Uncertain:
        """The figures at some places of the arrays."""
        return Uncertain(*(getattr(self, field.name)[place] for field in fields(self)))


def mean_interval(mean: Uncertain, error: float) -> tuple[Floats, Floats]:
    """Student's interval of a mean or difference: value ± t · standard error."""
    reach = stdtrit(mean.df, 1 - error / 2) * np.sqrt(mean.variance)
    return mean.value - reach, mean.value + reach


def share_interval(share: Uncertain, error: float) -> tuple[Floats, Floats]:
    """The exact binomial interval of a share (0 to 1) with the effective number of units.

    Clopper & Pearson 1934 with the effective sample size of Korn & Graubard 1998, allowing for the degrees
    of freedom of its variance.
    """
    n = effective_units(share, error / 2)
    x = share.value * n
    low = np.where(x > 0, betaincinv(np.maximum(x, 1e-9), n - x + 1, error / 2), 0.0)
    high = np.where(n - x > 0, betaincinv(x + 1, np.maximum(n - x, 1e-9), 1 - error / 2), 1.0)
    return np.where(np.isnan(n), np.nan, low), np.where(np.isnan(n), np.nan, high)


def figure_interval(figure: Uncertain, is_share: Bools, error: float) -> tuple[Floats, Floats]:
    """The interval of means and shares together, each by its own method."""
    low, high = mean_interval(figure, error)
    low[is_share], high[is_share] = share_interval(figure.at(is_share), error)
    return low, high


def effective_units(share: Uncertain, tail: float) -> Floats:
    """How many independent answers would know a share as well.

    Never more than would if the answers of one unit were all alike, nor if they had nothing in common,
    whichever are fewer: rare answers are too few to tell how alike they are. Where all agree the variance
    says nothing and Kish's number counts.
    """
    p = share.value
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.where(share.variance > 0, p * (1 - p) / share.variance, 0.0)
        n = np.where(n > _NONE, np.minimum(n, share.most), share.kish)
        sure = stdtrit(np.maximum(share.units - 1, 1), 1 - tail) / stdtrit(share.df, 1 - tail)
    return np.asarray(n * np.minimum(sure, 1.0) ** 2)


def mean_tail(mean: Uncertain, null: Floats, sign: Floats) -> Floats:
    """The one-sided p-value of a mean beyond a bound, corrected for skewness.

    Hall 1992 ("On the removal of skewness by transformation"), with the terms for a finite population of
    Babu & Singh 1985. Only where it makes the p-value larger: few answers tell their skewness too badly for
    more to be made of it. nan where all answers are equal. sign: +1 for above the bound, -1 for below.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        t = sign * (mean.value - null) / np.sqrt(np.where(mean.variance > 0, mean.variance, np.nan))
        open_ = np.sqrt(np.maximum(1 - mean.covered, 1e-6))
        skew = sign * mean.skew
        a = skew * (1 - 2 * mean.covered) / (6 * open_)
        b = skew * open_ / 2 - a
        corrected = t + a + b * t**2 + b**2 * t**3 / 3
    return np.asarray(stdtr(mean.df, -np.minimum(t, corrected)))


def share_tail(share: Uncertain, null: Floats, sign: Floats) -> Floats:
    """The one-sided p-value of a share beyond a bound: the exact binomial tail with the effective units."""
    n = effective_units(share, _TAIL_OF_COUNT)
    p = np.where(sign > 0, share.value, 1 - share.value)
    bound = np.where(sign > 0, null, 1 - null)
    x = p * n
    tail = np.where(x > 0, betainc(np.maximum(x, 1e-9), n - x + 1, bound), 1.0)
    return np.asarray(np.where(np.isnan(n), np.nan, tail))


def gap_tail(gap: Uncertain, margin: Floats) -> Floats:
    """The two-sided p-value of a difference larger than a margin either way."""
    sign = np.sign(gap.value)
    return np.asarray(np.minimum(2 * mean_tail(gap, sign * margin, sign), 1.0))
