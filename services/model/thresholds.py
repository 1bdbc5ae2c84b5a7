"""The numbers behind certainty and strength: published, each with one name and one home."""

from __future__ import annotations

from shared.events import Certainty

LADDER: tuple[Certainty, ...] = ("very_low", "low", "moderate", "high")
"""Certainty from weakest to firmest; rules move up and down it one step at a time."""

FEWEST_OUTCOMES = 5
"""Below this many outcomes no figure is made of them, only the word "few"."""

ENOUGH_OUTCOMES = 10
"""From this many outcomes on, outcomes that helped raise certainty by one step."""

ENOUGH_ROUNDS = 2
"""Confirmed findings from this many rounds count as repeated."""

MOST_FROM_ONE_ROUND: Certainty = "moderate"
"""Without repetition and without enough outcomes, certainty stops here."""

STRONG_FROM: Certainty = "moderate"
"""A recommendation is strong only from this certainty on."""

KEPT_BY_HALF = 50.0
"""Per cent; the interval of the kept share must lie above it to support, below it to speak against."""

LEAST_SPREAD = 1.0
"""Points on 0-10; the same person asked twice differs by about this, so a smaller spread is not believed."""

DIFFERING_OUTCOMES = 5
"""Two published summaries stand on the same outcomes or differ by at least this many."""

SHORTEST_REASON = 10
"""Characters; a reason for overriding the rules is a sentence, not a dot."""

LONGEST_TEXT = 2000
"""Characters of one language of a recommendation's text."""
