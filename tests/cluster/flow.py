"""Events that flow at a steady pace: outbox, relay, broker, consumer, inbox and one effect each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, pairwise
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import Column, DateTime, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.schema import CreateTable

from shared.db import Database
from shared.events import StoryPublished
from shared.events import Text as Words
from shared.http import Service, make_app
from shared.messaging import Handlers
from shared.messaging import Tx as EventTx
from shared.settings import Settings
from shared.streams import Keeping, ensure_streams
from shared.timers import Timer
from tests.shared.given import story

HERE = Path(__file__).parent
TELLER, LISTENER = "campaign", "coaching"
DRAIN_SECONDS = 90.0
# No key: an effect that is done twice is there twice.
HANDLED = Table(
    "handled",
    MetaData(),
    Column("story", Text),
    Column("replica", Text),
    Column("at", DateTime(timezone=True), server_default=text("clock_timestamp()")),
)
FreshDatabase = Callable[[str], Awaitable[str]]

events = Handlers(LISTENER)


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: EventTx) -> None:
    replica = str(id(tx.conn.engine))  # each replica has connections of its own
    await tx.run(insert(HANDLED).values(story=event.story, replica=replica))


@dataclass
class Flow:
    """The databases of both services, what serves them, and when each story was told (Unix seconds)."""

    teller: Database
    listener: Database
    apps: Sequence[FastAPI] = ()
    told: dict[str, float] = field(default_factory=dict)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, pace: float) -> None:
        """Tell a story every `pace` seconds, until it is enough; goes on where it was ended before."""
        for number in count(len(self.told)):
            if self.enough.is_set():
                return
            key = f"s{number:05}"
            async with self.teller.transaction() as tx:
                tx.emit(story(key))
            self.told[key] = time.time()
            await asyncio.sleep(pace)

    async def handled(self) -> list[tuple[str, float]]:
        """Each effect: the story and when it was done (Unix seconds), in that order."""
        async with self.listener.transaction() as tx:
            rows = await tx.all(HANDLED.select().order_by(HANDLED.c.at))
        return [(str(row["story"]), _seconds(row["at"])) for row in rows]

    async def shares(self) -> list[int]:
        """How many effects each replica has had."""
        async with self.listener.transaction() as tx:
            counted = await tx.all(select(func.count()).select_from(HANDLED).group_by(HANDLED.c.replica))
        return [int(row["count"]) for row in counted]

    async def drain(self) -> None:
        """Wait until all that was told is handled, or much too long."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while len({key for key, _ in await self.handled()}) < len(self.told):
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.5)


def longest_gap(moments: Sequence[float]) -> float:
    """The longest time between two that follow one another; nought where there are not two."""
    return max((later - earlier for earlier, later in pairwise(sorted(moments))), default=0.0)


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


@asynccontextmanager
async def flowing(
    fresh_database: FreshDatabase,
    nats_url: str,
    replicas: int = 3,
    listeners: int = 1,
    timers: Sequence[Timer] = (),
) -> AsyncIterator[Flow]:
    """Both services at work; the listening one in as many replicas as asked for."""
    await ensure_streams(nats_url, Keeping(replicas))
    urls = {name: await fresh_database(name) for name in (TELLER, LISTENER, "staff")}
    database = Database(urls[LISTENER])
    async with database.transaction() as tx:
        await tx.run(CreateTable(HANDLED))
    telling = Service(TELLER, Words(fi="Koe", en="Trial"), HERE, Handlers(TELLER), [])
    listening = Service(LISTENER, Words(fi="Koe", en="Trial"), HERE, events, [], timers)
    services = [telling, *([listening] * listeners)]
    apps = [_app(service, urls, nats_url, replicas) for service in services]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield Flow(apps[0].state.database, database, apps)


def _app(service: Service, urls: dict[str, str], nats_url: str, replicas: int) -> FastAPI:
    settings = Settings(
        database_url=urls[service.name],
        staff_database_url=urls["staff"],
        nats_url=nats_url,
        stream_replicas=replicas,
    )
    return make_app(service, settings)
