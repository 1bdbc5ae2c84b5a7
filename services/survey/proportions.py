"""Intervals of proportions under any design: they stay between 0 and 1 and are not symmetric."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import betaincinv, expit, stdtrit
from scipy.special import logit as log_odds

from services.survey.designs import Design, Floats
from services.survey.linearised import mean

Method = Literal["wald", "logit", "arcsine", "beta", "wilson"]
Interval = tuple[float, float]

_UNKNOWN = (math.nan, math.nan)
_LEAST = 1e-12


@dataclass(frozen=True)
class Proportion:
    """One proportion. variance: of the estimate. degrees: of freedom. rows: that answered.

    kish: Kish's effective number of rows, (Σw)² / Σw².
    """

    value: float
    variance: float
    degrees: float
    rows: int
    kish: float

    @property
    def effective(self) -> float:
        """How many rows of a simple random sample would know it as well; Kish's number where all agree."""
        if self.variance > 0:
            return self.value * (1 - self.value) / self.variance
        return self.kish if self.value in (0.0, 1.0) else math.inf

    def quantile(self, error: float) -> float:
        """Student's two-sided quantile; nan without degrees of freedom."""
        return float(stdtrit(self.degrees, 1 - error / 2)) if self.degrees > 0 else math.nan


def proportion(design: Design, y: Floats) -> Proportion:
    """The share of rows with y = 1 among those with 0 or 1 (nan: missing)."""
    given = ~np.isnan(y)
    answered = design.only(given)
    figure = mean(answered, y)
    weights = answered.counted
    return Proportion(
        value=float(figure.value[0]),
        variance=float(figure.covariance[0, 0]),
        degrees=answered.degrees,
        rows=int((weights > 0).sum()),
        kish=float(weights.sum() ** 2 / max((weights**2).sum(), _LEAST)),
    )


def interval(share: Proportion, method: Method, error: float = 0.05) -> Interval:
    """The interval that misses with probability `error`; nan where the error cannot be told.

    wald: p ± t·se, for comparison only. logit, arcsine: Student's on the transformed scale, undefined where
    all agree. beta: Clopper & Pearson with the effective rows of Korn & Graubard 1998. wilson: the score
    interval (Wilson 1927) with the effective rows and Student's t.
    """
    if math.isnan(share.value) or math.isnan(share.variance) or math.isnan(share.quantile(error)):
        return _UNKNOWN
    return _METHODS[method](share, error)


def _wald(share: Proportion, error: float) -> Interval:
    reach = share.quantile(error) * math.sqrt(share.variance)
    return share.value - reach, share.value + reach


def _logit(share: Proportion, error: float) -> Interval:
    if not 0 < share.value < 1:
        return _UNKNOWN
    middle = log_odds(share.value)
    reach = share.quantile(error) * math.sqrt(share.variance) / (share.value * (1 - share.value))
    return float(expit(middle - reach)), float(expit(middle + reach))


def _arcsine(share: Proportion, error: float) -> Interval:
    if not 0 < share.value < 1:
        return _UNKNOWN
    middle = math.asin(math.sqrt(share.value))
    slope = 2 * math.sqrt(share.value * (1 - share.value))
    reach = share.quantile(error) * math.sqrt(share.variance) / slope
    low, high = max(middle - reach, 0.0), min(middle + reach, math.pi / 2)
    return math.sin(low) ** 2, math.sin(high) ** 2


def _beta(share: Proportion, error: float) -> Interval:
    p, n = share.value, share.effective
    if math.isinf(n):
        return p, p
    n *= (float(stdtrit(share.rows - 1, error / 2)) / share.quantile(error)) ** 2
    low = float(betaincinv(n * p, n * (1 - p) + 1, error / 2)) if p > 0 else 0.0
    high = float(betaincinv(n * p + 1, n * (1 - p), 1 - error / 2)) if p < 1 else 1.0
    return low, high


def _wilson(share: Proportion, error: float) -> Interval:
    p, n, t = share.value, share.effective, share.quantile(error)
    if math.isinf(n):
        return p, p
    middle = (p + t**2 / (2 * n)) / (1 + t**2 / n)
    reach = t * math.sqrt(p * (1 - p) / n + t**2 / (4 * n**2)) / (1 + t**2 / n)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)


_METHODS: dict[Method, Callable[[Proportion, float], Interval]] = {
    "wald": _wald,
    "logit": _logit,
    "arcsine": _arcsine,
    "beta": _beta,
    "wilson": _wilson,
}
