"""What outbox and stream hold, and how they differ."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from sqlalchemy import select

from shared.backbone import outbox
from shared.db import Database
from shared.errors import Refused
from shared.reading import Span, last_sequence, read, sequence
from shared.streams import SUBJECTS
from tests.powercut.work import STREAM, Place

# After its start a cluster chooses leaders first; what is not there until then is not there.
READ_SECONDS = 60.0
MISSING_SECONDS = 10.0


@dataclass(frozen=True)
class Truth:
    """The events of the outbox with the sequence at which they are marked as published, and those of the stream."""

    outbox: dict[str, int | None]
    stream: list[tuple[str, int]]

    @property
    def published(self) -> set[tuple[str, int]]:
        """What the outbox says that the stream has, and where."""
        return {(one, at) for one, at in self.outbox.items() if at is not None}

    def lost(self, committed: set[str]) -> int:
        """How many events are gone: of transactions whose commit returned, or marked as published."""
        return len(committed - set(self.outbox)) + len(self.published - set(self.stream))

    def phantoms(self) -> int:
        """How many events the stream tells that no transaction has told."""
        return len({one for one, _ in self.stream} - set(self.outbox))

    def unequal(self) -> int:
        """How many events are not once in the outbox and once in the stream."""
        times = Counter(one for one, _ in self.stream)
        return sum(times[one] != 1 or one not in self.outbox for one in {*times, *self.outbox})


async def read_truth(place: Place) -> Truth:
    """Read both.

    Raises:
        TimeoutError: the broker does not let itself be read.
    """
    async with place.connected() as (database, client):
        patience = MISSING_SECONDS if place.replicas > 1 else 0.0
        return Truth(await _read_outbox(database), await _read_stream(client, patience))


async def _read_outbox(database: Database) -> dict[str, int | None]:
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox.c.id, outbox.c.published_at, outbox.c.stream_sequence))
    return {row["id"]: row["stream_sequence"] if row["published_at"] else None for row in rows}


async def _read_stream(client: Client, patience: float) -> list[tuple[str, int]]:
    began = time.monotonic()
    while True:
        try:
            return await _read_once(client)
        except Refused as refused:
            waited = time.monotonic() - began
            if isinstance(refused.__cause__, NotFoundError) and waited >= patience:
                return []
            if waited > READ_SECONDS:
                raise TimeoutError("the stream cannot be read") from refused
            await asyncio.sleep(0.5)


async def _read_once(client: Client) -> list[tuple[str, int]]:
    js = client.jetstream()
    span = Span(STREAM, (SUBJECTS[STREAM],), 1, await last_sequence(js, STREAM))
    found: list[tuple[str, int]] = []
    async for batch in read(js, span):
        found += [((message.headers or {}).get("ce-id", ""), sequence(message)) for message in batch]
    return found
