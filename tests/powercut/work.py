"""The work that a power cut interrupts: transactions that tell stories, and the relay that publishes them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg
from nats.aio.client import Client
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from shared.backbone import outbox
from shared.db import Database
from shared.outbox import run_relay
from shared.streams import Keeping, connect, ensure_streams
from tests.powercut.machines import SERVICE
from tests.shared.given import story

STREAM = "PUBLIC"
TELLERS = 8
MOST_STORIES = 8
AGAIN_SECONDS = 0.05
DRAIN_SECONDS = 120.0


@dataclass(frozen=True)
class Place:
    """Where the database and the broker are, and how many copies the streams have."""

    database_url: str
    nats_url: str
    replicas: int = 1

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[Database, Client]]:
        """The database and the broker, for a while."""
        database = Database(self.database_url)
        client = await connect(self.nats_url, "power-cut")
        try:
            yield database, client
        finally:
            with suppress(OSError):  # its server has lost its power
                await client.close()
            await database.close()

    async def make_empty(self) -> None:
        """Make the streams, and leave nothing in stream and outbox."""
        await ensure_streams(self.nats_url, Keeping(self.replicas))
        async with self.connected() as (database, client):
            await client.jetstream().purge_stream(STREAM)
            async with database.transaction() as tx:
                await tx.run(delete(outbox))


@dataclass
class Work:
    """Stories told in transactions; `committed` are the events of those whose commit returned."""

    place: Place
    chance: random.Random
    committed: set[str] = field(default_factory=set)
    told: int = 0

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Tell and publish until the end of the block, with new connections."""
        async with self.place.connected() as (database, client):
            tasks = [asyncio.create_task(self._tell(database)) for _ in range(TELLERS)]
            tasks.append(self._relay(database, client))
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _relay(self, database: Database, client: Client) -> asyncio.Task[None]:
        keeping = Keeping(self.place.replicas)
        return asyncio.create_task(run_relay(database, client, SERVICE, keeping))

    async def _tell(self, database: Database) -> None:
        while True:
            try:
                async with database.transaction() as tx:
                    ids = [tx.emit(story(self._key())) for _ in range(self.chance.randint(1, MOST_STORIES))]
            except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(
                    AGAIN_SECONDS
                )  # whether it was committed is not known: nothing is promised
            else:
                self.committed.update(ids)

    def _key(self) -> str:
        self.told += 1
        return f"s{self.told:07}"

    async def drain(self) -> None:
        """Publish what waits.

        Raises:
            TimeoutError: much too long it still waits.
        """
        waiting = select(func.count()).where(outbox.c.published_at.is_(None))
        async with self.place.connected() as (database, client), asyncio.timeout(DRAIN_SECONDS):
            relay = self._relay(database, client)
            left = 1
            while left:
                await asyncio.sleep(0.1)
                async with database.transaction() as tx:
                    left = await tx.value(waiting)
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)
