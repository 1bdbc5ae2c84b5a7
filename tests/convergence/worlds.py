"""A service without its broker: its handlers are called, its timers run, and it comes to rest."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from services.campaign.handlers import events as campaign
from services.coaching.handlers import events as coaching
from services.model.handlers import events as model
from services.survey.handlers import events as survey
from shared import backbone
from shared.db import Database
from shared.messaging import Handlers
from shared.origins import Origin
from shared.timers import Ran, Timer, run_once
from tests.convergence import living, said
from tests.convergence.deliveries import Batch

HANDLERS: dict[str, Handlers] = {one.service: one for one in (survey, coaching, model, campaign)}
MOST_RUNS = 50


class Clock:
    """The time that commands see: every transaction is a little later."""

    def __init__(self) -> None:
        self.now = said.START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class World:
    """One service and its database."""

    def __init__(self, service: str, database: Database, clock: Clock) -> None:
        self.service = service
        self.handlers = HANDLERS[service]
        self.timers: Sequence[Timer] = importlib.import_module(f"services.{service}.timers").timers
        self.database = database
        self.clock = clock
        self.delivered = 0

    async def clear(self) -> None:
        """Empty every table; the day begins."""
        tables = (*backbone.metadata.tables, *living.tables_of(self.service).tables)
        async with self.database.engine.begin() as conn:
            await conn.execute(sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
        self.clock.now = said.START

    async def hear(self, batches: Sequence[Batch]) -> None:
        """Let batches arrive, each in a transaction, then let everything come to rest."""
        for batch in batches:
            await self.handle(batch)
        await self.rest()

    async def hear_at_once(self, batches: Sequence[Batch], replicas: int = 2) -> None:
        """The same with several replicas, each of which handles its share and runs the timers."""
        shares = [batches[number::replicas] for number in range(replicas)]
        await asyncio.gather(*(self._work_through(share) for share in shares))
        await self.rest()

    async def _work_through(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            try:
                await self.handle(batch)
            except DBAPIError:  # a deadlock: as a subscriber does, one by one
                for event in batch.events:
                    await self.handle(Batch((event,), then_timers=False))

    async def handle(self, batch: Batch) -> None:
        """Handle a batch as a subscriber does, without its inbox: repeats reach the handler."""
        async with self.database.transaction() as tx:
            for event in batch.events:
                self.delivered += 1
                tx.origin = Origin("correlation", f"delivery-{self.delivered}")
                await self.handlers.by_event[type(event)](event, tx)
        if batch.then_timers:
            await self.rest()

    async def rest(self) -> None:
        """Run every timer until it has nothing more to do."""
        for timer in self.timers:
            for _ in range(MOST_RUNS):
                if await run_once(self.database, timer) is not Ran.MORE:
                    break
            else:
                raise AssertionError(f"timer {timer.name} never comes to rest")

    async def at(self, day: int) -> None:
        """Move the clock to the start of a day, whatever happened before."""
        self.clock.now = said.START + timedelta(days=day)

    async def snapshot(self) -> living.Snapshot:
        """The live state."""
        async with self.database.transaction() as tx:
            return await living.snapshot(tx, self.service)
