"""Times and services as people name them on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.cli.settling import SERVICES
from shared.errors import Invalid


def read_moment(text: str) -> datetime:
    """A moment such as 2026-11-24, 2026-11-24T08:30 (the time of this place) or 2026-11-24T08:30+02:00.

    Raises:
        Invalid: it is none.
    """
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise Invalid(
            "no_moment", "A time is written like 2026-11-24 or 2026-11-24T08:30, with an offset if need be."
        ) from error


def check_services(named: Sequence[str]) -> Sequence[str]:
    """These services, or all of them when none is named.

    Raises:
        Invalid: there is no such service.
    """
    if not set(named) <= set(SERVICES):
        raise Invalid("no_such_service", f"The services are {', '.join(SERVICES)}.")
    return named or SERVICES
