"""Two services for the tests: one is told stories over HTTP, the other one listens and has a timer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from shared.backbone import outbox
from shared.db import Database, Transaction
from shared.errors import Refused
from shared.events import OutcomeWithdrawn, StoryPublished, Text
from shared.http import Service, Tx, make_app
from shared.messaging import Handlers
from shared.messaging import Tx as EventTx
from shared.settings import Settings
from shared.streams import ensure_streams
from shared.timers import Timer
from tests.shared.given import NOW, story, until

HERE = Path(__file__).parent
LATER = "think_it_over"

refused: set[str] = set()  # the stories that the listener does not want

router = APIRouter()
events = Handlers("coaching")


@router.post("/api/stories/{key}", status_code=201)
@router.post("/admin/api/stories/{key}", status_code=201)
async def tell(tx: Tx, key: str) -> None:
    tx.emit(story(key))


@router.get("/api/bug")
async def bug(secret: str) -> None:
    raise ValueError(secret)


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: EventTx) -> None:
    if event.story == "poison":
        raise ValueError(event.text)
    if event.story in refused:
        raise Refused("not_yet", event.text)
    tx.emit(withdrawn(f"handled-{event.story}"))
    tx.wake(LATER)


async def think_it_over(tx: Transaction) -> None:
    if tx.origin.causation_id:  # the clock alone has nothing to say
        tx.emit(withdrawn("thought"))


def withdrawn(key: str) -> OutcomeWithdrawn:
    return OutcomeWithdrawn(revision=2, occurred_at=NOW, outcome=key, practice="p1", topic="wellbeing")


@dataclass(frozen=True)
class World:
    """The client of the first service, and the databases of both."""

    client: httpx.AsyncClient
    teller: Database
    listener: Database

    async def emitted(self, database: Database) -> list[dict[str, Any]]:
        """What a service put into its outbox, in order."""
        async with database.transaction() as tx:
            return [dict(row) for row in await tx.all(outbox.select().order_by(outbox.c.position))]

    async def is_over(self) -> bool:
        """Whether the handler and the timer emitted, and all is published."""
        rows = [*await self.emitted(self.teller), *await self.emitted(self.listener)]
        return len(rows) >= 3 and all(row["published_at"] for row in rows)

    async def tell(self, path: str, headers: dict[str, str] | None = None) -> None:
        """Tell a story, and wait until all that follows from it is done."""
        assert (await self.client.post(path, headers=headers)).status_code == 201
        await until(self.is_over)


@asynccontextmanager
async def running(fresh_database: Any, nats_url: str) -> AsyncIterator[World]:
    """Both services at work."""
    await ensure_streams(nats_url)
    telling = Service("campaign", Text(fi="Koe", en="Trial"), HERE, Handlers("campaign"), [router])
    timers = (Timer(LATER, 3600, think_it_over),)
    listening = Service("coaching", Text(fi="Koe", en="Trial"), HERE, events, [], timers)
    apps = [await _app(service, fresh_database, nats_url) for service in (telling, listening)]
    transport = httpx.ASGITransport(apps[0], raise_app_exceptions=False)
    async with (
        apps[0].router.lifespan_context(apps[0]),
        apps[1].router.lifespan_context(apps[1]),
        httpx.AsyncClient(transport=transport, base_url="http://latu.test") as client,
    ):
        yield World(client, apps[0].state.database, apps[1].state.database)


async def _app(service: Service, fresh_database: Any, nats_url: str) -> FastAPI:
    return make_app(
        service,
        Settings(
            database_url=await fresh_database(service.name),
            staff_database_url=await fresh_database("staff"),
            nats_url=nats_url,
        ),
    )
