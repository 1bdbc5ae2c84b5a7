"""What to do with a message that could not be handled: try again later, or put it aside."""

from __future__ import annotations

import random
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from shared.errors import Refused

FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 60.0
TRIES = 8


@dataclass(frozen=True)
class Verdict:
    """`retry_after` in seconds, or None: a dead letter, with a reason that repeats nothing of the message."""

    reason: str
    retry_after: float | None


def judge(error: BaseException, tries: int, chance: float | None = None) -> Verdict:
    """Decide over an error at the `tries`-th delivery.

    What cannot get better is put aside at once; an outage is waited out for as long as it takes; everything
    else is tried `TRIES` times with a growing, jittered delay.
    """
    if isinstance(error, ValidationError):
        return Verdict(_where(error), None)
    if isinstance(error, Refused):
        return Verdict(f"refused: {error.slug}", None)
    reason = type(error).__name__
    if not _is_outage(error) and tries >= TRIES:
        return Verdict(f"{reason} after {tries} tries", None)
    return Verdict(reason, _delay(tries, random.random() if chance is None else chance))  # noqa: S311


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError | OSError | TimeoutError)


def _delay(tries: int, chance: float) -> float:
    longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(tries - 1, 20))
    return longest * (0.5 + chance / 2)


def _where(error: ValidationError) -> str:
    places = ", ".join(
        ".".join(str(part) for part in item["loc"]) + f": {item['type']}" for item in error.errors()
    )
    return f"not valid: {places}"[:500]
