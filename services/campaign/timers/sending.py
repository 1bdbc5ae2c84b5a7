"""Sending webhooks: visits to endpoints that are due, many at a time, none in a transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from prometheus_client import Counter, Histogram

from services.campaign import commands, signatures, thresholds, webhooks
from services.campaign.commands import Visited
from services.campaign.webhooks import Attempt, Endpoint, Parcel, Room, Visit
from shared.db import Database
from shared.errors import Invalid
from shared.outbox import wait_for
from shared.outward import Answer, Asker, Poster, checked_target
from shared.retries import OUTAGE, policy_for
from shared.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
RETRY_SECONDS = 1.0
# What ends within so short a time is kept in one transaction.
GATHER_SECONDS = 0.02
MASTER = "webhooks"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"

ATTEMPTS = Counter(
    "latu_webhook_attempts_total",
    "Posts to webhooks, by partner, endpoint and result.",
    ["partner", "webhook", "result"],
)
DELAY_SECONDS = Histogram(
    "latu_webhook_delay_seconds",
    "From the broker to the endpoint's first answer of success.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 600, 3600, 86_400),
)


async def send_webhooks(database: Database, settings: Settings) -> None:
    """Send for ever what endpoints wait for; replicas share the endpoints by leases."""
    await Sender(database, settings, Poster(loopback=settings.webhook_loopback)).run()


class Sender:
    """Visits endpoints. Those that failed or were slow have a room apart and take none from the others."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        poster: Poster,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.database = database
        self.poster = poster
        self.loopback = settings.webhook_loopback
        self.master = settings.key_for(MASTER)
        self.chance = chance
        self.signal = database.signal(commands.WEBHOOKS)
        self.visiting: dict[asyncio.Task[None], Endpoint] = {}
        self.done: list[Visited] = []

    async def run(self) -> None:
        """Turn for ever: woken by what there is to send or by a visit that ended, and by the clock."""
        try:
            while True:
                self.signal.take()
                try:
                    await self.turn()
                except asyncio.CancelledError:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever is down, it is tried again
                    log.warning("webhooks wait: %s", type(error).__name__)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                await wait_for(self.signal, POLL_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)
        finally:
            await self._stop()

    async def turn(self) -> None:
        """Keep what came of visits that ended and begin others, in one short transaction."""
        done, self.done = self.done, []
        try:
            async with self.database.transaction() as tx:
                await commands.record_visits(tx, done)
                visits = await commands.plan_visits(tx, self._rooms())
        except Exception as error:
            if policy_for(error) is OUTAGE:  # else it is sent again when the leases end
                self.done = done + self.done
            raise
        for visit in visits:
            task = asyncio.create_task(self._visit(visit))
            self.visiting[task] = visit.endpoint
            task.add_done_callback(self._ended)

    async def rest(self) -> None:
        """Wait until every visit that was begun has ended."""
        while self.visiting:
            await asyncio.wait(list(self.visiting))

    def _rooms(self) -> list[Room]:
        busy: dict[bool, list[str]] = {False: [], True: []}
        for endpoint in self.visiting.values():
            busy[endpoint.ailing].append(endpoint.partner)
        most, each = thresholds.WEBHOOK_VISITS, thresholds.WEBHOOK_VISITS_OF_PARTNER
        few, few_each = thresholds.WEBHOOK_VISITS_AILING, thresholds.WEBHOOK_VISITS_OF_PARTNER_AILING
        return [Room(False, most, each, tuple(busy[False])), Room(True, few, few_each, tuple(busy[True]))]

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self.visiting[task]
        self.signal.set()

    async def _stop(self) -> None:
        tasks = list(self.visiting)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _visit(self, visit: Visit) -> None:
        sent = await asyncio.gather(*(self._attempt(visit.endpoint, parcel) for parcel in visit.parcels))
        self.done.append(Visited(visit.endpoint, tuple(sent), self.chance()))

    async def _attempt(self, endpoint: Endpoint, parcel: Parcel) -> Attempt:
        body = webhooks.ping(endpoint, parcel) if parcel.type == webhooks.PING else parcel.body
        if body is None:
            return Attempt(parcel, fault=webhooks.WITHDRAWN)
        try:
            answer = await self._post(endpoint, parcel.event, body.encode())
        except Exception as error:  # one that cannot be sent must not keep its endpoint leased
            log.exception("an attempt failed in a way that was not foreseen: %s", type(error).__name__)
            answer = Answer(None, "failed", 0.0)
        attempt = Attempt(parcel, answer.status, answer.fault, answer.seconds, answer.retry_after)
        ATTEMPTS.labels(endpoint.partner, endpoint.id, attempt.result).inc()
        if attempt.succeeded and parcel.fresh:
            delay = (self.database.clock() - parcel.published_at) / timedelta(seconds=1)
            DELAY_SECONDS.observe(max(0.0, delay))
        return attempt

    async def _post(self, endpoint: Endpoint, event: str, body: bytes) -> Answer:
        now = self.database.clock()
        pairs = [
            signatures.derived(self.master, endpoint.id, number)
            for number in webhooks.live_serials(endpoint, now)
        ]
        try:
            target = checked_target(endpoint.url, loopback=self.loopback)
        except Invalid:
            return Answer(None, "address", 0.0)
        said = {"content-type": CONTENT_TYPE, "user-agent": "Latu-Webhooks/1"}
        said |= signatures.headers(event, body, now, pairs)
        return await self.poster.post(target, said, body, Asker(endpoint.partner, endpoint.ailing))
