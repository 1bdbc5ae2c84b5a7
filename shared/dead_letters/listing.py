"""Looking at dead letters: in groups by their failure, one by one, and whole."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, func, select

from shared.backbone import dead_letters
from shared.db import Transaction
from shared.errors import NotFound

SHOWN = 200


async def list_groups(tx: Transaction) -> Sequence[RowMapping]:
    """The letters that wait, by failure, the largest group first.

    Each has `fingerprint`, `handler`, `type`, `reason`, `letters`, `tries` (all together),
    `first_at` and `last_at`.
    """
    columns = dead_letters.c
    wanted = (
        select(
            columns.fingerprint,
            columns.handler,
            columns.type,
            func.max(columns.reason).label("reason"),
            func.count().label("letters"),
            func.sum(columns.tries).label("tries"),
            func.min(columns.first_at).label("first_at"),
            func.max(columns.last_at).label("last_at"),
        )
        .where(columns.status == "waiting")
        .group_by(columns.fingerprint, columns.handler, columns.type)
        .order_by(func.count().desc(), columns.fingerprint)
    )
    return await tx.all(wanted)


async def list_letters(
    tx: Transaction, status: str = "waiting", fingerprint: str = "", limit: int = SHOWN
) -> Sequence[RowMapping]:
    """The letters of a status, newest first, without their bodies (they may hold personal data)."""
    columns = [column for column in dead_letters.c if column.name not in ("body", "headers")]
    wanted = select(*columns).where(dead_letters.c.status == status)
    if fingerprint:
        wanted = wanted.where(dead_letters.c.fingerprint == fingerprint)
    return await tx.all(wanted.order_by(dead_letters.c.last_at.desc()).limit(limit))


async def count_waiting(tx: Transaction) -> int:
    """How many letters wait for a decision."""
    waiting = select(func.count()).select_from(dead_letters).where(dead_letters.c.status == "waiting")
    return int(await tx.value(waiting))


async def load_letter(tx: Transaction, event_id: str, actor: str) -> RowMapping:
    """A letter whole, with `body` and `headers`; that somebody read it is in the audit trail.

    Raises:
        NotFound: there is none of this event.
    """
    wanted = select(dead_letters).where(dead_letters.c.event_id == event_id)
    row = await tx.first(wanted.order_by(dead_letters.c.status != "waiting", dead_letters.c.last_at.desc()))
    if row is None:
        raise NotFound("no_such_letter", "There is no such dead letter.")
    await tx.audit(actor, "dead_letter_read", f"{row['handler']}/{event_id}")
    return row


async def list_undecided(tx: Transaction, event_ids: Sequence[str] | None = None) -> set[str]:
    """The events (of these) that no handler may see: their letters wait, or were given up."""
    undecided = select(dead_letters.c.event_id).where(dead_letters.c.status.in_(("waiting", "discarded")))
    if event_ids is not None:
        undecided = undecided.where(dead_letters.c.event_id.in_(event_ids))
    return {row["event_id"] for row in await tx.all(undecided)}
