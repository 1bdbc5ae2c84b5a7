"""The inbox: which events a handler has already seen, handled or put aside, kept in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from shared.backbone import inbox
from shared.db import Transaction


async def first_times(tx: Transaction, handler: str, event_ids: Sequence[str]) -> set[str]:
    """Mark events as seen by `handler`; returns those that it had not seen before.

    One statement for a whole batch. A concurrent replica that marks the same event waits here for our
    commit and then finds it seen.
    """
    ids = select(func.unnest(bindparam("ids", type_=ARRAY(Text))).label("event_id")).subquery()
    statement = (
        insert(inbox)
        .from_select(
            ["handler", "event_id", "received_at"],
            select(bindparam("handler", handler), ids.c.event_id, bindparam("now", tx.now)),
        )
        .on_conflict_do_nothing()
        .returning(inbox.c.event_id)
    )
    # Sorted, so that two replicas with overlapping batches cannot deadlock.
    rows = await tx.all(statement, {"ids": sorted(set(event_ids))})
    return {row["event_id"] for row in rows}


async def has_seen(tx: Transaction, handlers: Sequence[str], event_id: str) -> bool:
    """Whether one of these handlers handled an event, or put it aside."""
    seen = select(inbox.c.event_id).where(inbox.c.handler.in_(handlers), inbox.c.event_id == event_id)
    return await tx.value(seen) is not None
