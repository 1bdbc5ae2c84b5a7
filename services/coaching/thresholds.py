"""The numbers by which advice is ranked: each has one name and one home, and the desk shows them."""

from __future__ import annotations

from typing import Final

# A confirmed finding counts whole, an indication half.
TIER_WEIGHT: Final = {"confirmed": 1.0, "indication": 0.5}

CERTAINTY_WEIGHT: Final = {"high": 1.0, "moderate": 0.8, "low": 0.55, "very_low": 0.3}

# A finding on the first topic of a practice counts whole, on its other topics this much.
SIDE_TOPIC_WEIGHT: Final = 0.6

# Every dimension that a finding shares with the organisation adds a quarter: the nearer, the heavier.
SEGMENT_BONUS: Final = 0.25

# The size of a finding is read at the careful end of its interval; one that reaches nothing keeps this much.
SMALLEST_SIZE: Final = 0.1

# Where the scale of a figure is not known, it counts as if it reached this share of it.
UNKNOWN_SIZE: Final = 0.3

# A gap of a quarter of the scale is as large as a gap gets.
WHOLE_GAP: Final = 0.25

# The second finding counts half of what the first one does, the third a quarter, and so on.
REPEAT_DISCOUNT: Final = 0.5

NEED_POINTS: Final = 40.0
FOUND_GOOD_POINTS: Final = 25.0
RECOMMENDED_POINTS: Final = {"strong": 30.0, "conditional": 20.0, "good_practice": 12.0}

# Outcomes are shrunk: as if two workplaces had kept each practice and two had dropped it beforehand, and as
# if four had seen no change.
KEPT_BEFOREHAND: Final = 2.0
DROPPED_BEFOREHAND: Final = 2.0
UNCHANGED_BEFOREHAND: Final = 4.0
KEPT_POINTS: Final = 20.0
CHANGE_POINTS: Final = 5.0

# An item shows its strongest grounds and its newest outcomes; more than these change nobody's mind.
GROUNDS_SHOWN: Final = 6
OUTCOMES_SHOWN: Final = 10

EFFORT_ORDER: Final = {"low": 0, "medium": 1, "high": 2}
