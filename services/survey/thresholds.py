"""Every number that the evidence rests on, with its name and its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """One number and why it is what it is."""

    value: float
    reason: str


# Standard errors for judging

PRIOR_DF = Threshold(10, "A segment borrows the region's variance as if from 10 more units of its own.")
LEAST_SPARE_ANSWERS = Threshold(
    10,
    "With fewer answers beyond the first of a unit nobody can tell how much people of one workplace differ; "
    "then the sample is not taken for a part of a finite population, which makes intervals wider.",
)

# Looking again and again

FALSE_DISCOVERY_RATE = Threshold(0.05, "At most one in twenty of the confirmed findings of a round is false.")
ERROR_LEVEL = Threshold(0.05, "Intervals hold in 95 of 100 rounds, at all releases of the round together.")
INTERIM_SHARE = Threshold(0.2, "The planned early releases together may spend a fifth of the error level.")
CLOSING_SHARE = Threshold(0.8, "The release at the close spends the rest.")
LEAST_UNITS = Threshold(40, "Below 40 answering units small-sample errors are not small enough to confirm.")
LEAST_ON_A_SIDE = Threshold(15, "A segment, and the rest it is compared with, need 15 answering units each.")
LEAST_ON_A_SIDE_SMALL = Threshold(
    10, "In populations of up to 150, where 15 can hardly be had, 10 are enough."
)
SMALL_POPULATION = Threshold(150, "Up to this many units a population counts as small.")

# What counts as a finding: shares of the length of a question's scale, or shares of units

NEED_LEVEL = Threshold(0.5, "A need: the average is on the bad half of the scale.")
STRENGTH_LEVEL = Threshold(0.7, "A strength: the average is well on the good side of the scale.")
SCALE_MARGIN = Threshold(
    0.05, "Beyond the level by a twentieth of the scale: less makes no difference at work."
)
GAP_LEVEL = Threshold(0.0, "A gap: a segment differs from all the rest.")
BARRIER_LEVEL = Threshold(0.2, "A barrier: more than a fifth name it.")
PRACTICE_LEVEL = Threshold(0.45, "A practice: about half have found it good.")
GOOD_PRACTICE_LEVEL = Threshold(0.65, "A practice rated on a scale: the average calls it good.")
SHARE_MARGIN = Threshold(0.05, "Beyond the level by five units in a hundred.")

# Indications

INDICATION_LEVEL = Threshold(
    0.8, "The interval of an indication holds its value with 80 per cent probability."
)

# Certainty

ENOUGH_UNITS = Threshold(100, "Certainty falls by a step below 100 answering units.")
WIDE_INTERVAL = Threshold(0.1, "Certainty falls by a step when the interval reaches further than a tenth.")
FAIR_EFFICIENCY = Threshold(0.6, "Certainty falls by a step when weighting costs two fifths of the answers.")
POOR_EFFICIENCY = Threshold(0.4, "Below this the answers hardly represent the population: another step.")
MUCH_UNCOVERED = Threshold(
    0.05, "A step when nobody answered in categories that hold a twentieth of all units."
)
DRIFT_DOUBT = Threshold(0.01, "Early and late answers differ more than chance would in 99 of 100: a step.")
DRIFT_STOP = Threshold(0.001, "They differ more than chance would in 999 of 1000: nothing is confirmed.")

# The release gate

K = Threshold(5, "No figure of fewer than five answering units.")
LARGEST_SHARE = Threshold(0.5, "No figure of which one unit carries more than half of the weight.")
PINNED = Threshold(0.2, "Nobody may learn a small group's total to within a fifth of its possible range.")

# Revisions

MOVED = Threshold(0.5, "A statement changed when its figure moved by half of the interval's former reach.")
NARROWED = Threshold(
    0.75, "A statement changed when its interval shrank below three quarters, or widened so."
)
