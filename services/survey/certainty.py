"""Certainty: how far a finding can be relied on, by published rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from services.survey.thresholds import (
    DRIFT_DOUBT,
    ENOUGH_UNITS,
    FAIR_EFFICIENCY,
    MUCH_UNCOVERED,
    POOR_EFFICIENCY,
    WIDE_INTERVAL,
)
from shared.events import Certainty, Tier

Doubt = Literal[
    "few_units", "wide_interval", "costly_weights", "poor_weights", "uncovered", "drift", "indication"
]

LADDER: tuple[Certainty, ...] = ("very_low", "low", "moderate", "high")


@dataclass(frozen=True)
class Grounds:
    """What certainty depends on.

    reach: half the length of the interval as a share of the scale. efficiency: effective n / n. uncovered:
    share of the population in categories of which nobody answered. drift: its p-value.
    """

    tier: Tier
    units: float
    reach: float
    efficiency: float
    uncovered: float
    drift: float


def certainty(grounds: Grounds) -> Certainty:
    """High, less one step for every doubt; an indication is at best low."""
    found = doubts(grounds)
    steps = len(LADDER) - 1 - sum(doubt != "indication" for doubt in found)
    if "indication" in found:
        steps = min(steps, LADDER.index("low"))
    return LADDER[max(steps, 0)]


def doubts(grounds: Grounds) -> tuple[Doubt, ...]:
    """What speaks against relying on a finding, in the order of the rules."""
    applies: dict[Doubt, bool] = {
        "few_units": grounds.units < ENOUGH_UNITS.value,
        "wide_interval": grounds.reach > WIDE_INTERVAL.value,
        "costly_weights": grounds.efficiency < FAIR_EFFICIENCY.value,
        "poor_weights": grounds.efficiency < POOR_EFFICIENCY.value,
        "uncovered": grounds.uncovered > MUCH_UNCOVERED.value,
        "drift": grounds.drift < DRIFT_DOUBT.value,
        "indication": grounds.tier == "indication",
    }
    return tuple(doubt for doubt in get_args(Doubt) if applies[doubt])
