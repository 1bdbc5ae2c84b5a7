"""What a service measures in its own database for its metrics, every few seconds."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import Gauge
from sqlalchemy import func, select

from shared.backbone import outbox
from shared.db import Database, Transaction
from shared.dead_letters import list_groups
from shared.observability import OUTBOX_WAITING

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
# As many series at most, whatever arrives: the rest are one.
GROUPS_TOLD = 20
REST = "other"

LETTERS_WAITING = Gauge(
    "latu_dead_letters_waiting", "Dead letters that wait for a decision, by failure.", ["fingerprint"]
)


async def run_gauges(database: Database) -> None:
    """Measure for ever; what cannot be measured keeps its last value."""
    while True:
        try:
            async with database.transaction() as tx:
                await measure(tx)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the database is away, and readiness says so
            log.debug("nothing measured: %s", type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


async def measure(tx: Transaction) -> None:
    """Set the gauges to what the database has now."""
    unpublished = select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
    OUTBOX_WAITING.set(await tx.value(unpublished))
    told: dict[str, int] = {}
    for place, group in enumerate(await list_groups(tx)):
        name = group["fingerprint"] if place < GROUPS_TOLD else REST
        told[name] = told.get(name, 0) + group["letters"]
    LETTERS_WAITING.clear()
    for name, letters in told.items():
        LETTERS_WAITING.labels(name).set(letters)
