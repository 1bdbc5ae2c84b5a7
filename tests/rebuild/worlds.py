"""A service with a broker: what is published reaches its handlers, and its timers run until it is at rest."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from nats.aio.client import Client
from sqlalchemy import Executable, MetaData, func, select

from shared.backbone import outbox
from shared.db import Database
from shared.events import Event
from shared.http import Service
from shared.messaging import make_broker, subscribe
from shared.rebuild import Order, Rebuilt, rebuild
from shared.timers import Ran, run_once
from tests.shared.given import until


class World:
    """One service at work."""

    def __init__(self, name: str, database: Database, client: Client, nats_url: str) -> None:
        self.service: Service = importlib.import_module(f"services.{name}.app").service
        self.metadata: MetaData = importlib.import_module(f"services.{name}.tables").metadata
        self.database = database
        self.client = client
        self.broker = make_broker(nats_url, name)
        self.told = 0
        self.listens = False

    async def start(self) -> None:
        """Listen."""
        self.listens = True
        subscribe(self.broker, self.service.events, self.database)
        await self.broker.start()

    async def stop(self) -> None:
        """Listen no more."""
        self.listens = False
        await self.broker.stop()

    async def tell(self, *events: Event) -> None:
        """Publish events and let the service come to rest."""
        for event in events:
            await self.publish(event)
        await self.rest()

    async def publish(self, event: Event, body: bytes | None = None) -> None:
        """Publish an event, or another body in its place."""
        self.told += 1
        headers = {
            "ce-id": f"event-{self.told:05}",
            "ce-type": event.type_name(),
            "ce-revision": str(event.revision),
        }
        said = event.model_dump_json().encode() if body is None else body
        await self.client.jetstream().publish(event.subject, said, headers=headers)

    async def rest(self) -> None:
        """Everything is handled, and the timers have nothing more to do."""
        await until(self._all_handled, 30)
        for timer in self.service.timers:
            while await run_once(self.database, timer) is Ran.MORE:
                pass

    async def _all_handled(self) -> bool:
        for durable in self.service.events.durables():
            info = await self.client.jetstream().consumer_info(durable.stream, durable.name)
            if info.num_pending or info.num_ack_pending:
                return False
        return True

    async def rebuild(self, *, drop: bool = False) -> Rebuilt:
        """Rebuild, and run what it woke."""
        done = await rebuild(
            self.database,
            self.client.jetstream(),
            self.service.events,
            self.service.derived,
            Order("operator", drop),
        )
        if self.listens:
            await self.rest()
        return done

    async def run(self, statement: Executable) -> None:
        """Do something to the database behind the service's back."""
        async with self.database.transaction() as tx:
            assert await tx.run(statement) > 0

    async def everything(self, without: Sequence[str] = ()) -> dict[str, list[str]]:
        """Every row of every table of the service, and how many events it emitted."""
        found: dict[str, list[str]] = {}
        async with self.database.transaction() as tx:
            for name, table in self.metadata.tables.items():
                columns = [column for column in table.c if column.name not in without]
                found[name] = sorted(str(tuple(row.values())) for row in await tx.all(select(*columns)))
            found["outbox"] = [str(await tx.value(select(func.count()).select_from(outbox)))]
        return found
