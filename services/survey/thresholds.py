"""Every number that the evidence rests on, with its name and its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """One number and why it is what it is."""

    value: float
    reason: str


# Inference
PRIOR_DF = Threshold(10, "A segment borrows the region's variance as if from 10 more units of its own.")
LEAST_SPARE_ANSWERS = Threshold(
    10,
    "With fewer answers beyond the first of a unit nobody can tell how much people of one workplace differ; "
    "then the sample is not taken for a part of a finite population, which makes intervals wider.",
)
