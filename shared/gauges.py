"""What a service measures in its own database and at its durables for its metrics, every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from prometheus_client import Gauge
from sqlalchemy import func, select

from shared.backbone import outbox
from shared.db import Database, Transaction
from shared.dead_letters import list_groups
from shared.findings import Findings, measure_findings
from shared.hindrances import HINDERED, HINDRANCES
from shared.observability import (
    DEAD_LETTERS,
    EVENT_DELAY_SECONDS,
    EVENTS_HANDLED,
    EVENTS_REDELIVERED,
    EVENTS_UNACKNOWLEDGED,
    EVENTS_WAITING,
    HANDLER_SECONDS,
    OUTBOX_OLDEST,
    OUTBOX_WAITING,
    PASSED_OVER,
    POOL_SIZE,
    POOL_TAKEN,
    RELAY_TRIES,
    TIMER_RUNS,
)
from shared.streams import TOLD, Durable
from shared.vicinity import measure_disk, show_clock

EVERY_SECONDS = 5.0
# As many series at most, whatever arrives: the rest are one.
GROUPS_TOLD = 20
REST = "other"
# Nobody shall see from a metric that one more organisation, or one fewer, is there.
PEOPLE_TOLD_IN = 5
# What is hindered when one of them is away.
USE_OF_DATABASE, USE_OF_BROKER = "use of the database", "use of the broker"

LETTERS_WAITING = Gauge(
    "latu_dead_letters_waiting", "Dead letters that wait for a decision, by failure.", ["fingerprint"]
)
WORK_WAITS = Gauge("latu_work_waits", "1 while something that follows from events waits to be worked out.")
THINGS = Gauge(
    "latu_things", "What there is, by kind and status; of people only whole fives.", ["kind", "status"]
)


@dataclass(frozen=True)
class Counted:
    """Things of one kind, counted by status; of what people or organisations are behind, whole fives."""

    count: Callable[[Transaction], Awaitable[Mapping[str, int]]]
    of_people: bool = False

    async def tell(self, tx: Transaction, kind: str) -> None:
        """Set the gauge of this kind."""
        for status, number in (await self.count(tx)).items():
            told = number - number % PEOPLE_TOLD_IN if self.of_people else number
            THINGS.labels(kind, status).set(told)


@dataclass(frozen=True)
class Gauges:
    """Of what a service tells how full it is: its durables, its databases, the things that it keeps.

    `work_waiting` count what was left for a timer, `findings` are those of the survey that it knows, and
    `folder` lies on the disk that matters.
    """

    durables: Sequence[Durable]
    databases: Sequence[Database]
    counted: Mapping[str, Counted]
    work_waiting: Sequence[Callable[[Transaction], Awaitable[int]]] = ()
    findings: Findings | None = None
    folder: Path = field(default_factory=Path)

    async def tell(self, tx: Transaction) -> None:
        """Set the gauges that the database has an answer to."""
        await measure(tx)
        for kind, counted in self.counted.items():
            await counted.tell(tx, kind)
        WORK_WAITS.set(any([await count(tx) for count in self.work_waiting]))
        if self.findings is not None:
            await measure_findings(tx, self.findings)


def begin_at_nought(service: str, durables: Sequence[Durable], timers: Sequence[str]) -> None:
    """Make the series of all that a service may count, so that the first of a kind is seen as an increase."""
    for name in (durable.name for durable in durables):
        for result in ("done", "retried", "dead"):
            EVENTS_HANDLED.labels(name, result)
        for metric in (DEAD_LETTERS, HANDLER_SECONDS, EVENT_DELAY_SECONDS, PASSED_OVER, HINDERED):
            metric.labels(name)
    for timer in timers:
        for result in ("done", "failed"):
            TIMER_RUNS.labels(timer, result)
    for result in ("done", "failed"):
        RELAY_TRIES.labels(result)
    for part in (
        *(f"relay of {service} to {stream.lower()}" for stream in TOLD),
        USE_OF_DATABASE,
        USE_OF_BROKER,
    ):
        HINDERED.labels(part)


async def run_gauges(database: Database, js: JetStreamContext, gauges: Gauges) -> None:
    """Measure until the service leaves; what cannot be measured keeps its last value.

    The client of the broker can swallow that a task was asked to end, so the flag is looked at as well.
    """
    show_clock(database)
    while not database.leaving:
        measure_pools(gauges.databases)
        measure_disk(gauges.folder)
        try:
            async with database.transaction() as tx:
                await gauges.tell(tx)
            HINDRANCES.past(USE_OF_DATABASE)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, a transaction cannot be made
            HINDRANCES.met(USE_OF_DATABASE, error)
        try:
            await measure_consumers(js, gauges.durables)
            HINDRANCES.past(USE_OF_BROKER)
        except (NatsError, OSError) as error:
            HINDRANCES.met(USE_OF_BROKER, error)
        await asyncio.sleep(EVERY_SECONDS)


def measure_pools(databases: Sequence[Database]) -> None:
    """Set how many connections are in use, and how many may be."""
    for one in databases:
        POOL_TAKEN.labels(one.name).set(one.taken)
        POOL_SIZE.labels(one.name).set(one.connections)


async def measure_consumers(js: JetStreamContext, durables: Sequence[Durable]) -> None:
    """Set how far each handler is behind its stream."""
    for durable in durables:
        info = await js.consumer_info(durable.stream, durable.name)
        in_hand = info.num_ack_pending or 0
        EVENTS_WAITING.labels(durable.name).set((info.num_pending or 0) + in_hand)
        EVENTS_UNACKNOWLEDGED.labels(durable.name).set(in_hand)
        EVENTS_REDELIVERED.labels(durable.name).set(info.num_redelivered or 0)


async def measure(tx: Transaction) -> None:
    """Set the gauges to what the database has now."""
    waiting, oldest = await count_unpublished(tx)
    OUTBOX_WAITING.set(waiting)
    OUTBOX_OLDEST.set(oldest)
    told: dict[str, int] = {}
    for place, group in enumerate(await list_groups(tx)):
        name = group["fingerprint"] if place < GROUPS_TOLD else REST
        told[name] = told.get(name, 0) + group["letters"]
    LETTERS_WAITING.clear()
    for name, letters in told.items():
        LETTERS_WAITING.labels(name).set(letters)


async def count_unpublished(tx: Transaction) -> tuple[int, float]:
    """How many events wait to be published, and for how many seconds the oldest does."""
    oldest = func.min(outbox.c.occurred_at)
    row = await tx.first(
        select(func.count().label("waiting"), oldest.label("oldest")).where(outbox.c.published_at.is_(None))
    )
    if row is None or row["oldest"] is None:
        return 0, 0.0
    return int(row["waiting"]), max(0.0, (tx.now - row["oldest"]).total_seconds())
