"""What work answers to, and the signals that wake it on somebody's behalf."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from shared import tracing


@dataclass(frozen=True)
class Origin:
    """What a transaction answers to: it ties every event to the request or event that led to it.

    `correlation_id` is the id of the trace in which it all began, `traceparent` the span at work on it.
    """

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


class Signal(asyncio.Event):
    """Wakes what waits for it in this process, and tells on whose behalf."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: deque[Origin] = deque(maxlen=tracing.MOST_LINKS)

    def wake(self, asked: Iterable[Origin]) -> None:
        """Wake it on behalf of these."""
        self._asked.extend(asked)
        self.set()

    def take(self) -> list[Origin]:
        """Who asked since the last time; from now on it waits again."""
        asked = list(self._asked)
        self._asked.clear()
        self.clear()
        return asked
