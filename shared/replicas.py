"""Replicas: the one way to keep another service's facts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, insert

from shared.db import Transaction
from shared.events import Event


def replica_table(metadata: MetaData, name: str) -> Table:
    """A table that keeps the newest state of each entity; `live` is false once it was withdrawn."""
    return Table(
        name,
        metadata,
        Column("key", Text, primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("live", Boolean, nullable=False),
        Column("state", JSONB, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
    )


async def replace_if_newer(tx: Transaction, table: Table, event: Event, *, live: bool = True) -> bool:
    """Keep the event's state when its revision is higher than the one kept; says whether it was.

    A withdrawal passes `live=False`; its state replaces what was known, so nothing withdrawn is kept.
    """
    row: dict[str, Any] = {
        "key": event.key,
        "revision": event.revision,
        "live": live,
        "state": event.model_dump(mode="json"),
        "occurred_at": event.occurred_at,
    }
    fresh = insert(table).values(row)
    statement = fresh.on_conflict_do_update(
        index_elements=[table.c.key],
        set_={name: fresh.excluded[name] for name in row if name != "key"},
        where=table.c.revision < fresh.excluded.revision,
    )
    return await tx.run(statement) == 1
