"""What has come of events, as the four databases say, looked at past all cables."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import select

from deploy.embedded.plan import SERVICES
from shared.backbone import inbox, outbox
from shared.db import Database
from tests.faults.poison import HANDLERS

LOOK_SECONDS = 0.2
# A durable and the event that it handled.
Effect = tuple[str, str]


@dataclass
class Effects:
    """Looks again and again how many events were handled; `moments` are when there were more (monotonic seconds)."""

    databases: Mapping[str, Database]
    moments: list[float] = field(default_factory=list)
    handled: set[Effect] = field(default_factory=set)
    _looking: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to look."""
        self._looking = asyncio.create_task(self._look())

    async def end(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        for database in self.databases.values():
            await database.close()

    async def due(self) -> set[Effect]:
        """What must come of all events that were emitted until now."""
        found = set[Effect]()
        for service in SERVICES:
            async with self.databases[service].transaction() as tx:
                rows = await tx.all(select(outbox.c.id, outbox.c.type))
            found |= {effect for row in rows for effect in _effects_of(row["id"], row["type"])}
        return found

    async def until_handled(self, due: set[Effect]) -> None:
        """Wait until all that is due has come."""
        while not due <= self.handled:
            await asyncio.sleep(LOOK_SECONDS / 2)

    async def _look(self) -> None:
        while True:
            there = set[Effect]()
            for database in self.databases.values():
                async with database.transaction() as tx:
                    rows = await tx.all(select(inbox.c.handler, inbox.c.event_id))
                there |= {(row["handler"], row["event_id"]) for row in rows}
            if there - self.handled:
                self.moments.append(time.monotonic())
            self.handled |= there
            await asyncio.sleep(LOOK_SECONDS)


def _effects_of(event_id: str, type_name: str) -> Iterator[Effect]:
    for handlers in HANDLERS.values():
        for durable in handlers.durables():
            if durable.event.type_name() == type_name:
                yield durable.name, event_id


def longest_gap(moments: Sequence[float], began: float, ended: float) -> float:
    """The longest time between two moments that lie between these two, or between one of them and an end."""
    within = [began, *(at for at in moments if began < at < ended), ended]
    return max(later - earlier for earlier, later in pairwise(within))
