"""A small scene for planting bugs: the campaign tells stories, a relay publishes them, the survey listens."""

from __future__ import annotations

import asyncio
import time

from faststream.nats import NatsBroker
from nats.aio.client import Client
from sqlalchemy import text

from services.survey.handlers import events as survey_events
from shared.db import Database
from shared.events import BY_TYPE, Event
from shared.messaging import make_broker, subscribe
from shared.streams import connect, ensure_durable, ensure_streams
from tests.faults.checks import Expected, check
from tests.faults.poison import HANDLERS
from tests.faults.records import read_records
from tests.shared.given import relay_pass

QUIET_SECONDS = 0.3
PATIENCE_SECONDS = 10.0


class Scene:
    """Two services in this process, with real databases and a real broker; the other two only have theirs."""

    def __init__(self, urls: dict[str, str], nats_url: str) -> None:
        self.urls = urls
        self.nats_url = nats_url
        self.campaign, self.survey = (Database(urls[name], connections=3) for name in ("campaign", "survey"))
        self.client: Client
        self.listener: NatsBroker

    async def open(self) -> None:
        """Make streams and durables, and listen."""
        await ensure_streams(self.nats_url)
        self.client = await connect(self.nats_url, "scene")
        for handlers in HANDLERS.values():
            for durable in handlers.durables():
                await ensure_durable(self.client.jetstream(), durable)
        self.listener = make_broker(self.nats_url, "survey")
        subscribe(self.listener, survey_events, self.survey)
        await self.listener.start()

    async def close(self) -> None:
        """End it."""
        await self.listener.stop()
        await self.client.close()
        await self.campaign.close()
        await self.survey.close()

    async def tell(self, *events: Event) -> None:
        """Emit each event in a transaction of its own, and publish what is in the outbox."""
        for event in events:
            async with self.campaign.transaction() as tx:
                tx.emit(event)
        await self.relay()

    async def tell_out_of_order(self, older: Event, newer: Event) -> None:
        """Both are emitted in order, and a relay that was slow publishes the older one last."""
        async with self.campaign.transaction() as tx:
            held = tx.emit(older)
        async with self.campaign.transaction() as tx:
            tx.emit(newer)
        await self._run("UPDATE outbox SET published_at = now() WHERE id = :id", held)
        await self.relay()
        await self.settle()
        await self._run("UPDATE outbox SET published_at = NULL WHERE id = :id", held)
        await self.relay()

    async def relay(self) -> None:
        """Publish what is in the outbox."""
        while await relay_pass(self.campaign, self.client):
            pass

    async def settle(self) -> None:
        """Wait until the survey has nothing more to hear."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            await asyncio.sleep(QUIET_SECONDS)
            infos = [
                await self.client.jetstream().consumer_info(durable.stream, durable.name)
                for durable in survey_events.durables()
            ]
            if not any(info.num_pending or info.num_ack_pending for info in infos):
                return

    async def violations(self, expected: Expected | None = None) -> list[str]:
        """What the checks say when all has come to rest."""
        await self.settle()
        records = await read_records(self.urls, self.nats_url)
        # Nobody follows the public stream in this scene.
        public = [row for _, row in records.told if BY_TYPE[row["type"]].audience() == "PUBLIC"]
        records.history = [{**row, "position": n, "event": row["body"]} for n, row in enumerate(public, 1)]
        return check(records, expected or Expected())

    async def _run(self, statement: str, event_id: str) -> None:
        async with self.campaign.transaction() as tx:
            await tx.execute(text(statement), {"id": event_id})
