"""What a service measures in its own database for its metrics, every few seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from prometheus_client import Gauge
from sqlalchemy import func, select

from shared.backbone import outbox
from shared.db import Database, Transaction
from shared.dead_letters import list_groups
from shared.observability import EVENTS_WAITING, OUTBOX_OLDEST, OUTBOX_WAITING
from shared.streams import Durable

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
# As many series at most, whatever arrives: the rest are one.
GROUPS_TOLD = 20
REST = "other"

LETTERS_WAITING = Gauge(
    "latu_dead_letters_waiting", "Dead letters that wait for a decision, by failure.", ["fingerprint"]
)


async def run_gauges(database: Database, js: JetStreamContext, durables: Sequence[Durable]) -> None:
    """Measure until the service leaves; what cannot be measured keeps its last value.

    The client of the broker can swallow that a task was asked to end, so the flag is looked at as well.
    """
    while not database.leaving:
        try:
            async with database.transaction() as tx:
                await measure(tx)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the database is away, and readiness says so
            log.debug("nothing measured: %s", type(error).__name__)
        with suppress(NatsError, OSError):  # the broker is away, and readiness says so
            await measure_consumers(js, durables)
        await asyncio.sleep(EVERY_SECONDS)


async def measure_consumers(js: JetStreamContext, durables: Sequence[Durable]) -> None:
    """Set how far each handler is behind its stream."""
    for durable in durables:
        info = await js.consumer_info(durable.stream, durable.name)
        EVENTS_WAITING.labels(durable.name).set((info.num_pending or 0) + (info.num_ack_pending or 0))


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
