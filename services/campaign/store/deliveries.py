"""Queries of the log of webhooks: what was sent, what waits to be sent again, and what is sent once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.tables import webhook_deliveries, webhooks
from services.campaign.webhooks import Delivery, Parcel
from shared.db import Transaction

# Of an event that was withdrawn, or that is not read or wanted any more, there is no body.
_WAITING = text("""
SELECT w.id AS webhook, d.event, d.type, d.key, d.position, d.attempts, d.first_at AS published_at,
    e.event AS body
FROM webhooks w JOIN partners p ON p.id = w.partner CROSS JOIN LATERAL (
    SELECT * FROM webhook_deliveries
    WHERE webhook = w.id AND status = 'waiting' AND due_at <= :now ORDER BY due_at LIMIT :most
) d LEFT JOIN public_events e
ON e.id = d.event AND e.type = ANY(p.reads) AND (w.events = '{}' OR e.type = ANY(w.events))
WHERE w.id = ANY(:ids) ORDER BY d.due_at
""")
# What lies behind the place of the endpoint; the rest comes by itself. Of what was withdrawn nothing is left.
_SENT = """
FROM webhooks w JOIN partners p ON p.id = w.partner JOIN public_events e ON e.position <= w.position
WHERE w.id = :webhook AND e.event IS NOT NULL AND e.type = ANY(p.reads)
AND (w.events = '{}' OR e.type = ANY(w.events))
AND (e.id = :event OR e.published_at >= :since)
ORDER BY e.position
"""
_AGAIN = text(f"""
INSERT INTO webhook_deliveries
    (webhook, event, type, key, position, status, attempts, fault, seconds, first_at, last_at, due_at)
SELECT w.id, e.id, e.type, e.key, e.position, 'waiting', 0, '', 0, :now, :now, :now
{_SENT} LIMIT :most
ON CONFLICT (webhook, event) DO UPDATE SET status = 'waiting', attempts = 0, due_at = :now
""")
_NEXT = text(f"SELECT e.published_at {_SENT} OFFSET :most LIMIT 1")


async def count_waiting(tx: Transaction) -> dict[str, int]:
    """How many deliveries wait to be sent again, by endpoint; those with none are left out."""
    waiting = webhook_deliveries.c.status == "waiting"
    query = select(webhook_deliveries.c.webhook, func.count().label("waiting")).where(waiting)
    return {
        row["webhook"]: row["waiting"] for row in await tx.all(query.group_by(webhook_deliveries.c.webhook))
    }


async def count_deliveries(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many lines of the log there are, by partner and status."""
    log = webhook_deliveries.join(webhooks, webhooks.c.id == webhook_deliveries.c.webhook)
    columns = (webhooks.c.partner, webhook_deliveries.c.status)
    query = select(*columns, func.count().label("n")).select_from(log).group_by(*columns)
    return {(row["partner"], row["status"]): row["n"] for row in await tx.all(query)}


async def list_waiting_parcels(tx: Transaction, ids: Sequence[str], most: int) -> dict[str, list[Parcel]]:
    """What is due to be sent again, by endpoint."""
    found: dict[str, list[Parcel]] = {}
    for row in await tx.all(_WAITING, {"ids": list(ids), "now": tx.now, "most": most}):
        found.setdefault(row["webhook"], []).append(
            Parcel(**{name: value for name, value in row.items() if name != "webhook"})
        )
    return found


async def save_deliveries(tx: Transaction, deliveries: Iterable[tuple[str, Delivery]]) -> None:
    """Write into the log what came of attempts, by endpoint."""
    rows = [_delivery(tx, webhook, one) for webhook, one in deliveries]
    if not rows:
        return
    fresh = upsert(webhook_deliveries)
    changing = ("status", "attempts", "http_status", "fault", "seconds", "last_at", "due_at")
    kept = fresh.on_conflict_do_update(
        index_elements=["webhook", "event"], set_={name: fresh.excluded[name] for name in changing}
    )
    await tx.execute(kept, sorted(rows, key=lambda row: (row["webhook"], row["event"])))


async def save_ping(tx: Transaction, webhook: str, event: str, type_name: str) -> None:
    """Have a test sent to an endpoint."""
    row = {"webhook": webhook, "event": event, "type": type_name, "key": webhook, "status": "waiting"}
    moments = {"first_at": tx.now, "last_at": tx.now, "due_at": tx.now}
    await tx.execute(insert(webhook_deliveries).values(**row, **moments, attempts=0, fault="", seconds=0.0))


async def save_replay(
    tx: Transaction, webhook: str, event: str, since: datetime | None, most: int
) -> tuple[int, datetime | None]:
    """Have one event, or the oldest since a moment, sent again; says how many, and from when the next is."""
    given = {"webhook": webhook, "event": event, "since": since, "most": most}
    moment = bindparam("since", type_=webhooks.c.created_at.type)
    again = await tx.run(_AGAIN.bindparams(moment), given | {"now": tx.now})
    return again, await tx.value(_NEXT.bindparams(moment), given)


async def list_deliveries(tx: Transaction, webhook: str, status: str, most: int) -> Sequence[RowMapping]:
    """The newest lines of an endpoint's log, or of those in one state."""
    mine = webhook_deliveries.c.webhook == webhook
    if status:
        mine &= webhook_deliveries.c.status == status
    newest = webhook_deliveries.c.last_at.desc()
    return await tx.all(select(webhook_deliveries).where(mine).order_by(newest).limit(most))


async def delete_old_deliveries(tx: Transaction, before: datetime) -> int:
    """Forget what was settled before a moment; returns how many."""
    settled = webhook_deliveries.c.status != "waiting"
    return await tx.run(delete(webhook_deliveries).where(settled & (webhook_deliveries.c.last_at < before)))


def _delivery(tx: Transaction, webhook: str, one: Delivery) -> dict[str, Any]:
    parcel = one.attempt.parcel
    return {
        "webhook": webhook,
        "event": parcel.event,
        "type": parcel.type,
        "key": parcel.key,
        "position": parcel.position,
        "status": one.outcome,
        "attempts": one.attempts,
        "http_status": one.attempt.http_status,
        "fault": one.attempt.fault,
        "seconds": one.attempt.seconds,
        "first_at": tx.now,
        "last_at": tx.now,
        "due_at": one.due_at,
    }
