"""Certainty: how far a finding can be relied on, by published rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.survey.thresholds import (
    COACHED_SHARE,
    DRIFT_DOUBT,
    ENOUGH_UNITS,
    FAIR_EFFICIENCY,
    MUCH_UNCOVERED,
    POOR_EFFICIENCY,
    WIDE_INTERVAL,
    Threshold,
)
from shared.events import Certainty, Tier

Doubt = Literal[
    "few_units",
    "wide_interval",
    "costly_weights",
    "poor_weights",
    "uncovered",
    "drift",
    "coached",
    "indication",
]

# What a doubt looks at, where it begins, and whether it does above (1) or below (-1).
_LIMITS: Final[dict[Doubt, tuple[str, Threshold, int]]] = {
    "few_units": ("units", ENOUGH_UNITS, -1),
    "wide_interval": ("reach", WIDE_INTERVAL, 1),
    "costly_weights": ("efficiency", FAIR_EFFICIENCY, -1),
    "poor_weights": ("efficiency", POOR_EFFICIENCY, -1),
    "uncovered": ("uncovered", MUCH_UNCOVERED, 1),
    "drift": ("drift", DRIFT_DOUBT, -1),
    "coached": ("coached", COACHED_SHARE, 1),
}

LADDER: tuple[Certainty, ...] = ("very_low", "low", "moderate", "high")


@dataclass(frozen=True)
class Grounds:
    """What certainty depends on.

    reach: half the length of the interval as a share of the scale. efficiency: effective n / n. uncovered:
    share of the population in categories of which nobody answered. drift: its p-value. coached: share of the
    weight of units that had been coached on the topic before they answered.
    """

    tier: Tier
    units: float
    reach: float
    efficiency: float
    uncovered: float
    drift: float
    coached: float = 0.0


def certainty(grounds: Grounds) -> Certainty:
    """High, less one step for every doubt; an indication is at best low."""
    found = doubts(grounds)
    steps = len(LADDER) - 1 - sum(doubt != "indication" for doubt in found)
    if "indication" in found:
        steps = min(steps, LADDER.index("low"))
    return LADDER[max(steps, 0)]


def doubts(grounds: Grounds) -> tuple[Doubt, ...]:
    """What speaks against relying on a finding, in the order of the rules."""
    applies = {
        doubt: sign * (getattr(grounds, name) - limit.value) > 0
        for doubt, (name, limit, sign) in _LIMITS.items()
    }
    applies["indication"] = grounds.tier == "indication"
    return tuple(doubt for doubt in get_args(Doubt) if applies[doubt])


def measure(grounds: Grounds, doubt: Doubt) -> tuple[float, float] | None:
    """What a doubt looks at and where it begins; None for one that measures nothing."""
    if doubt not in _LIMITS:
        return None
    name, limit, _ = _LIMITS[doubt]
    return float(getattr(grounds, name)), limit.value
