"""Looks: how much of the error level each release of a round may spend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from services.survey.rounds import Round
from services.survey.thresholds import CLOSING_SHARE, ERROR_LEVEL, INTERIM_SHARE
from shared.errors import Refused

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class TooManyLooks(Refused):
    """The round has used all the early releases that it planned."""


@dataclass(frozen=True)
class Look:
    """One release as a look at the data.

    number: of the release, from 1. used: early looks used up so far, this one included. share: of the error
    level that it spends.
    """

    number: int
    used: int
    final: bool
    share: float

    @property
    def error(self) -> float:
        """The error level of an interval shown at this look."""
        return self.share * ERROR_LEVEL.value


def plan_look(round_: Round, former: Look | None, *, correction: bool = False) -> Look:
    """The next look with its share, as announced: a part over the early ones, the rest at the close.

    A correction repeats the last look on what is left of its answers, and a release after the close repeats
    the closing one: neither uses up another.

    Raises:
        TooManyLooks: an early release beyond those planned.
    """
    number, used = (former.number + 1, former.used) if former else (1, 0)
    if round_.status == "closed":
        return Look(number, used, True, CLOSING_SHARE.value if round_.planned_looks else 1.0)
    used += not (correction and used)
    if used > round_.planned_looks:
        raise TooManyLooks(
            "too_many_looks",
            f"All {round_.planned_looks} early releases that the round planned are used; the next one comes "
            "when the round is closed.",
        )
    return Look(number, used, False, INTERIM_SHARE.value / round_.planned_looks)


def planned_days(round_: Round) -> tuple[date, ...]:
    """The days of the early looks, evenly over the time that the round is open."""
    days = (round_.closes_on - round_.opens_on).days
    each = [days * look // (round_.planned_looks + 1) for look in range(1, round_.planned_looks + 1)]
    return tuple(round_.opens_on + timedelta(days=after) for after in each)


def look_is_due(round_: Round, last: date | None, today: date) -> bool:
    """Whether a planned day has come since the last release; several that were missed are one."""
    return any((last is None or day > last) and day <= today for day in planned_days(round_))


def discoveries(p: Floats, rate: float) -> Bools:
    """Which hypotheses are discoveries at this false-discovery rate (Benjamini & Hochberg 1995)."""
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= rate * np.arange(1, len(p) + 1) / max(len(p), 1))
    found = np.zeros(len(p), dtype=bool)
    found[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return found
