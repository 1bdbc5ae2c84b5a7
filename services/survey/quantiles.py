"""Quantiles under any design, with Woodruff's intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from services.survey.designs import Design, Floats
from services.survey.linearised import mean

# The definitions of Hyndman & Fan 1996 with weights for counts. 1: the first value at which the share of the
# population reaches p. 2: halfway to the next where it is reached exactly. 4: linear between values. 7: as 4,
# from the first to the last value.
Definition = Literal[1, 2, 4, 7]


@dataclass(frozen=True)
class Quantile:
    """The value that a share p of the population does not exceed, its interval and standard error."""

    p: float
    value: float
    low: float
    high: float
    se: float


def quantile(design: Design, y: Floats, p: float, definition: Definition = 1) -> Quantile:
    """The p-quantile of y over the rows that have it (nan: missing), with its 95 % interval.

    The interval is that of the share at or below the quantile, read back through the distribution (Woodruff
    1952); a bound beyond the data is nan. se: its length over 2 t.
    """
    answered = design.only(~np.isnan(y))
    here = answered.counted > 0
    degrees = answered.degrees
    if not here.any():
        return Quantile(p, *[math.nan] * 4)
    order = np.argsort(y[here], kind="stable")
    curve = _Curve(y[here][order], np.cumsum(answered.counted[here][order]), definition)
    value = curve.at(p)
    share = mean(answered, np.where(np.isnan(y), np.nan, y <= value))
    bounds = [float(bound[0]) for bound in share.interval()]
    low, high = (curve.at(bound) if 0 <= bound <= 1 else math.nan for bound in bounds)
    t = float(stdtrit(degrees, 0.975)) if degrees > 0 else math.nan
    return Quantile(p, value, low, high, (high - low) / (2 * t))


@dataclass(frozen=True)
class _Curve:
    """Values in order with the weights up to them."""

    values: Floats
    reached: Floats
    definition: Definition

    def at(self, p: float) -> float:
        """The value at a share of the population."""
        if self.definition == 4:
            return float(np.interp(p, self.reached / self.reached[-1], self.values))
        if self.definition == 7:
            before = np.concatenate([[0.0], self.reached[:-1]])
            return float(np.interp(p, before / max(before[-1], np.finfo(float).tiny), self.values))
        target = p * self.reached[-1]
        place = min(int(np.searchsorted(self.reached, target)), len(self.values) - 1)
        following = min(place + 1, len(self.values) - 1)
        if self.definition == 2 and self.reached[place] == target:
            return float((self.values[place] + self.values[following]) / 2)
        return float(self.values[place])
