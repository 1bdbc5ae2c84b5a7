"""The same estimates worked out row by row, written apart from the tallies to hold them against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """One row a unit. x: margin dummies with an intercept. w: raked, base: weights before raking."""

    y: Floats
    x: Floats
    w: Floats
    base: Floats


def standard_error(sample: Sample, coefficient: Floats, centre: Floats, population: float | None) -> float:
    """Linearise, take the residuals of a weighted regression, and sum their squares about their mean."""
    given = ~np.isnan(sample.y)
    influence = np.where(given, coefficient * (np.nan_to_num(sample.y) - centre), 0.0)
    root = np.sqrt(sample.base)
    fit = np.linalg.lstsq(sample.x * root[:, None], influence * root, rcond=None)[0]
    e = sample.w * (influence - sample.x @ fit)
    n = len(e)
    left = 1 - n / population if population else 1.0
    return float(np.sqrt(n / (n - 1) * ((e - e.mean()) ** 2).sum() * left))


def mean(sample: Sample, inside: npt.NDArray[np.bool_]) -> float:
    """The weighted mean of those inside who answered."""
    chosen = inside & ~np.isnan(sample.y)
    return float((sample.w * np.nan_to_num(sample.y))[chosen].sum() / sample.w[chosen].sum())


def weight_inside(sample: Sample, inside: npt.NDArray[np.bool_]) -> float:
    """The weight of those inside who answered."""
    return float(sample.w[inside & ~np.isnan(sample.y)].sum())
