"""Looks: how much of the error level each release of a round may spend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.thresholds import CLOSING_SHARE, ERROR_LEVEL, INTERIM_SHARE
from shared.errors import Refused

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class TooManyLooks(Refused):
    """The round has used all the early releases that it planned."""


@dataclass(frozen=True)
class Look:
    """One release as a look at the data. number: counts the looks from 1; share: of the error level."""

    number: int
    final: bool
    share: float

    @property
    def error(self) -> float:
        """The error level of an interval shown at this look."""
        return self.share * ERROR_LEVEL.value


def plan_look(planned: int, number: int, *, final: bool) -> Look:
    """The share of a look, as announced beforehand: a fifth over the early ones, the rest at the close.

    A release after the close repeats it on corrected answers, and so has the closing share.

    Raises:
        TooManyLooks: an early release beyond those planned.
    """
    if final:
        return Look(number, final, CLOSING_SHARE.value if planned else 1.0)
    if number > planned:
        raise TooManyLooks(
            "too_many_looks",
            f"All {planned} early releases that the round planned are used; the next one is at its close.",
        )
    return Look(number, final, INTERIM_SHARE.value / planned)


def discoveries(p: Floats, rate: float) -> Bools:
    """Which hypotheses are discoveries at this false-discovery rate (Benjamini & Hochberg 1995)."""
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= rate * np.arange(1, len(p) + 1) / max(len(p), 1))
    found = np.zeros(len(p), dtype=bool)
    found[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return found
