"""What this process cannot do at present, and why: said once when it begins, and once when it is over."""

from __future__ import annotations

import logging

from nats.js.errors import APIError
from prometheus_client import Gauge

log = logging.getLogger(__name__)

HINDERED = Gauge("latu_hindered", "1 while this part of the process cannot do its work.", ["part"])


class Hindrances:
    """The parts that are hindered, each with its reason; a reason repeats nothing that a person wrote."""

    def __init__(self) -> None:
        self._why: dict[str, str] = {}

    def met(self, part: str, error: BaseException | str) -> None:
        """A part cannot do its work; said in the log where it is new or has another reason."""
        why = error if isinstance(error, str) else reason(error)
        if self._why.get(part) != why:
            log.warning("%s waits: %s", part, why)
        self._why[part] = why
        HINDERED.labels(part).set(1)

    def past(self, part: str) -> None:
        """A part does its work."""
        if self._why.pop(part, None) is not None:
            log.warning("%s works again", part)
            HINDERED.labels(part).set(0)

    def now(self) -> dict[str, str]:
        """Why, by part."""
        return dict(sorted(self._why.items()))


def reason(error: BaseException) -> str:
    """What the broker says of itself, else the kind of error: its text may repeat what a person wrote."""
    if isinstance(error, APIError) and error.description:
        return f"{error.description} ({error.err_code or error.code})"
    return type(error).__name__


# Of this process, as its metrics are.
HINDRANCES = Hindrances()
