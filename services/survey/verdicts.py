"""Verdicts: what came of one rule on one figure at one look."""

from __future__ import annotations

from typing import Literal, NamedTuple

Reason = Literal[
    "confirmed",  # held by the false-discovery rate of the round
    "indicated",  # points there, not confirmed
    "covered",  # points there, and the confirmed finding of a wider segment says it already
    "not_found",  # the figure does not reach the bound
    "too_uncertain",  # it reaches it, but chance could do that
    "not_confirmed",  # clear by itself, not among as many as the round asks
    "not_tested",  # segments of several dimensions are never confirmed
    "too_few",
    "suppressed",
    "drift",
    "cannot_say",  # all answers are alike: their error cannot be told
    "no_former",  # the round before shows no figure to compare with
]


class Ends(NamedTuple):
    """A figure and the ends of its interval, in the units of the item (shares from 0 to 1)."""

    value: float
    low: float
    high: float


class Judged(NamedTuple):
    """One hypothesis at one look.

    p: the look's own p-value, 1 where it could not be judged. least: the smallest p / share so far. held:
    judged on the figure that stands. release: the number of the release whose figure was judged. units:
    answering units behind it (of a difference, on the smaller side). figure: with its repeated interval.
    shrunk: as an indication shows it.
    """

    reason: Reason
    p: float
    least: float
    release: int
    units: float
    figure: Ends
    shrunk: Ends
    held: bool = False
