"""What a service said of a thing, and what led to each word: read from its outbox, which keeps it anyway."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select

from shared.backbone import outbox
from shared.db import Transaction
from shared.events import ALL
from shared.tracing import parse

SHOWN = 200


class Told(BaseModel):
    """An event by its ids, without what it says.

    `correlation` is the same for all that one request, import or tick of the clock led to; `cause` is the
    event that led to it, where one did; `trace` is the trace in which it was emitted.
    """

    event: str
    type: str
    revision: int
    at: datetime
    correlation: str
    cause: str | None
    trace: str | None


async def list_told(tx: Transaction, service: str, key: str) -> list[Told]:
    """The events of a service about the thing `key`, newest first."""
    types = [name for event in ALL if event.publisher() == service for name in event.type_names()]
    about = outbox.c.type.in_(types) & (outbox.c.key == key)
    rows = await tx.all(select(outbox).where(about).order_by(outbox.c.position.desc()).limit(SHOWN))
    return [
        Told(
            event=row["id"],
            type=row["type"],
            revision=row["revision"],
            at=row["occurred_at"],
            correlation=row["correlation_id"],
            cause=row["causation_id"],
            trace=place.trace_id if (place := parse(row["traceparent"])) else None,
        )
        for row in rows
    ]
