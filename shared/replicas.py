"""Replicas: the one way to keep another service's facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from shared.db import Transaction
from shared.events import Event


@dataclass(frozen=True)
class Replica:
    """Where the facts of one kind of event are kept, and whether their thing still stands after it."""

    table: Table
    live: bool | Callable[[Any], bool] = True

    def row(self, event: Event) -> dict[str, Any]:
        """The row that keeps an event. A withdrawal's own state replaces what was known: nothing is left."""
        return _row(event, self.live(event) if callable(self.live) else self.live)


# What a service keeps of others, by the kind of event: with it a replica can be rebuilt from the streams.
Replicas = Mapping[type[Event], Replica]


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


async def keep_fact(tx: Transaction, replicas: Replicas, event: Event) -> bool:
    """Keep what an event says in its replica, unless something newer is known; says whether it was."""
    replica = replicas[type(event)]
    return await tx.run(newer_only(replica.table), replica.row(event)) == 1


async def replace_if_newer(tx: Transaction, table: Table, event: Event, *, live: bool = True) -> bool:
    """Keep the event's state when its revision is higher than the one kept; says whether it was.

    A withdrawal passes `live=False`; its state replaces what was known, so nothing withdrawn is kept.
    """
    return await tx.run(newer_only(table), _row(event, live)) == 1


def newer_only(table: Table) -> Insert:
    """Keeps a row that is newer than the one of its key. It takes the rows as parameters, one or many."""
    fresh = insert(table)
    return fresh.on_conflict_do_update(
        index_elements=[table.c.key],
        set_={name: fresh.excluded[name] for name in (column.name for column in table.c) if name != "key"},
        where=table.c.revision < fresh.excluded.revision,
    )


def _row(event: Event, live: bool) -> dict[str, Any]:
    return {
        "key": event.key,
        "revision": event.revision,
        "live": live,
        "state": event.model_dump(mode="json"),
        "occurred_at": event.occurred_at,
    }
