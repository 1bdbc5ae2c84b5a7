"""Drift: whether early and late answers of a round differ, cell by cell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from services.survey.tallies import Tallies

Floats = npt.NDArray[np.float64]

_LEAST_DEGREES = 10


def drift(tallies: Tallies) -> Floats:
    """For each item the p-value of no correlation between order of arrival and answer within cells.

    Confirming assumes that who answers early is chance, within cells. 1 where there is too little to tell.
    """
    n, t, y, tt, ty, yy = (tallies.moment(name) for name in ("units", "t", "y", "tt", "ty", "yy"))
    units = np.maximum(n, 1)
    over_time = (tt - t**2 / units).sum(axis=0)
    together = (ty - t * y / units).sum(axis=0)
    over_answers = (yy - y**2 / units).sum(axis=0)
    degrees = np.maximum(n - 1, 0).sum(axis=0) - 1
    enough = (degrees >= _LEAST_DEGREES) & (over_time > 0) & (over_answers > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = together / np.sqrt(over_time * over_answers)
        score = np.abs(r) * np.sqrt(degrees / np.maximum(1 - r**2, 1e-12))
    return np.where(enough, 2 * stdtr(np.maximum(degrees, 1), -score), 1.0)
