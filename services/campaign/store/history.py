"""Queries of the history of public events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import ARRAY, Text, any_, bindparam, exists, insert, select, update

from services.campaign.history import FORGOTTEN_BY, History, PublicEvent
from services.campaign.tables import public_events, public_history
from shared.backbone import purges
from shared.db import Transaction


async def load_history(tx: Transaction) -> History:
    """How far the history goes."""
    return await _history(tx, lock=False)


async def lock_history(tx: Transaction) -> History:
    """How far the history goes; until the commit nobody else adds to it or takes from it.

    So positions become visible in their order, and a reader who goes by `position >` loses nothing.
    """
    return await _history(tx, lock=True)


async def list_known_ids(tx: Transaction, ids: Collection[str]) -> set[str]:
    """Which of these events are kept already."""
    query = select(public_events.c.id).where(public_events.c.id == any_(bindparam("ids", type_=ARRAY(Text))))
    return {row["id"] for row in await tx.all(query, {"ids": list(ids)})}


async def list_purged(tx: Transaction, subjects: Collection[str]) -> set[str]:
    """On which of these subjects all was withdrawn; nothing is told on them again, a withdrawal is final."""
    query = select(purges.c.subject).where(purges.c.subject == any_(bindparam("subjects", type_=ARRAY(Text))))
    return {row["subject"] for row in await tx.all(query, {"subjects": list(subjects)})}


async def save_public_events(tx: Transaction, events: Sequence[PublicEvent], history: History) -> None:
    """Keep events that have their positions, and how far the history goes now; its lock is held."""
    if events:
        await tx.execute(insert(public_events), [asdict(event) for event in events])
    await tx.execute(update(public_history).values(asdict(history)))


async def mark_forgotten(tx: Transaction, keys: Collection[str]) -> int:
    """Take the text out of what a later withdrawal about these keys speaks of; returns of how much."""
    forgotten = 0
    later = public_events.alias("later")
    for withdrawal, told in FORGOTTEN_BY.items():
        withdrawn = exists().where(
            later.c.type.in_(withdrawal.type_names()),
            later.c.key == public_events.c.key,
            later.c.revision >= public_events.c.revision,
        )
        about = public_events.c.type.in_(told.type_names()) & (
            public_events.c.key == any_(bindparam("keys", type_=ARRAY(Text)))
        )
        gone = update(public_events).where(about, withdrawn, public_events.c.event.is_not(None))
        forgotten += await tx.run(gone.values(event=None), {"keys": list(keys)})
    return forgotten


async def mark_purged(tx: Transaction, types: Collection[str], key: str) -> int:
    """Take the text out of everything that was said of a key so far; the lock is held."""
    about = public_events.c.type.in_(types) & (public_events.c.key == key)
    return await tx.run(update(public_events).where(about).values(event=None))


async def _history(tx: Transaction, *, lock: bool) -> History:
    columns = [column for column in public_history.c if column.name != "name"]
    query = select(*columns)
    row = await tx.first(query.with_for_update() if lock else query)
    if row is None:
        raise LookupError("public_history has no row")
    return History(**row)
