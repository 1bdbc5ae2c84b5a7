"""Queries of webhooks: endpoints, which of them are due, and the log of deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, text, update

from services.campaign import thresholds
from services.campaign.tables import public_history, webhooks
from services.campaign.webhooks import Endpoint, Parcel, Room, Serial
from shared.db import Transaction

# An endpoint has work when an event after its place is one that it wants and its partner may read, or when
# one that waits is due; of a partner's only as many as may be visited at once. What another process holds is
# skipped (its row is looked at again once it is locked); the new `due_at` is the lease.
_DUE = text("""
WITH due AS (
    SELECT w.id, w.partner, row_number() OVER (PARTITION BY w.partner ORDER BY w.due_at, w.id) AS place
    FROM webhooks w JOIN partners p ON p.id = w.partner
    WHERE w.status = 'active' AND p.status = 'active' AND w.due_at <= :now
    AND (w.failures > 0 OR w.seconds > :slow) = :ailing
    AND (
        EXISTS (
            SELECT FROM public_events e
            WHERE e.position > w.position AND e.type = ANY(p.reads)
            AND (w.events = '{}' OR e.type = ANY(w.events))
        )
        OR EXISTS (
            SELECT FROM webhook_deliveries d
            WHERE d.webhook = w.id AND d.status = 'waiting' AND d.due_at <= :now
        )
    )
), busy AS (SELECT partner, count(*) AS visits FROM unnest(CAST(:busy AS text[])) AS partner GROUP BY partner)
UPDATE webhooks SET due_at = :lease WHERE id IN (
    SELECT w.id FROM webhooks w JOIN due ON due.id = w.id LEFT JOIN busy ON busy.partner = due.partner
    WHERE due.place + coalesce(busy.visits, 0) <= :each AND w.status = 'active' AND w.due_at <= :now
    ORDER BY w.due_at LIMIT :most FOR UPDATE OF w SKIP LOCKED
) RETURNING *
""")
_FRESH = text("""
SELECT w.id AS webhook, e.position FROM webhooks w JOIN partners p ON p.id = w.partner CROSS JOIN LATERAL (
    SELECT position FROM public_events
    WHERE position > w.position AND type = ANY(p.reads) AND (w.events = '{}' OR type = ANY(w.events))
    ORDER BY position LIMIT :most
) e WHERE w.id = ANY(:ids) ORDER BY e.position
""")
_BODIES = text(
    "SELECT position, id AS event, type, key, published_at, event AS body FROM public_events "
    "WHERE position = ANY(:positions)"
)
# Not to the end: of one that was disabled long ago that is the whole history, at each look.
_BEHIND = text("""
SELECT w.id AS webhook, count(*) AS behind
FROM webhooks w JOIN partners p ON p.id = w.partner CROSS JOIN LATERAL (
    SELECT FROM public_events e
    WHERE e.position > w.position AND e.type = ANY(p.reads) AND (w.events = '{}' OR e.type = ANY(w.events))
    LIMIT :most
) e WHERE p.status <> 'removed' GROUP BY w.id
""")


async def load_webhook(tx: Transaction, webhook: str) -> Endpoint | None:
    """One endpoint, locked until the transaction ends."""
    row = await tx.first(select(webhooks).where(webhooks.c.id == webhook).with_for_update())
    return _endpoint(row) if row is not None else None


async def find_webhook(tx: Transaction, webhook: str) -> Endpoint | None:
    """One endpoint to look at."""
    row = await tx.first(select(webhooks).where(webhooks.c.id == webhook))
    return _endpoint(row) if row is not None else None


async def list_webhooks(tx: Transaction, partner: str = "") -> list[Endpoint]:
    """The endpoints of a partner or of all, by partner and age."""
    query = select(webhooks).order_by(webhooks.c.partner, webhooks.c.created_at, webhooks.c.id)
    if partner:
        query = query.where(webhooks.c.partner == partner)
    return [_endpoint(row) for row in await tx.all(query)]


async def count_behind(tx: Transaction) -> dict[str, int]:
    """How many events each endpoint was not sent yet, up to a bound; those that have all are left out."""
    most = {"most": thresholds.WEBHOOK_BEHIND_COUNTED}
    return {row["webhook"]: row["behind"] for row in await tx.all(_BEHIND, most)}


async def find_last_position(tx: Transaction) -> int:
    """How far the history of public events goes."""
    return int(await tx.value(select(public_history.c.position)) or 0)


async def save_new_webhook(tx: Transaction, endpoint: Endpoint) -> None:
    """Keep a new endpoint."""
    await tx.execute(insert(webhooks).values(_row(endpoint)))


async def save_webhook(tx: Transaction, endpoint: Endpoint) -> None:
    """Keep an endpoint as staff decided on it."""
    await tx.execute(update(webhooks).where(webhooks.c.id == endpoint.id).values(_row(endpoint)))


async def delete_webhook(tx: Transaction, webhook: str) -> None:
    """Forget an endpoint with its log."""
    await tx.execute(delete(webhooks).where(webhooks.c.id == webhook))


async def lock_due_webhooks(tx: Transaction, until: datetime, room: Room) -> list[Endpoint]:
    """Lease endpoints that have work and are due, those that waited longest first."""
    given: dict[str, Any] = {"lease": until, "now": tx.now, "slow": thresholds.WEBHOOK_SLOW}
    given |= {"ailing": room.ailing, "busy": list(room.busy), "each": room.each}
    given["most"] = room.most - len(room.busy)
    return [_endpoint(row) for row in await tx.all(_DUE, given)]


async def list_fresh_parcels(tx: Transaction, ids: Sequence[str], most: int) -> dict[str, list[Parcel]]:
    """What comes next in the history, by endpoint; each event is read once, however many want it."""
    places = await tx.all(_FRESH, {"ids": list(ids), "most": most})
    positions = list({row["position"] for row in places})
    bodies = {
        row["position"]: Parcel(**row, attempts=0, fresh=True)
        for row in (await tx.all(_BODIES, {"positions": positions}) if positions else ())
    }
    found: dict[str, list[Parcel]] = {}
    for row in places:
        found.setdefault(row["webhook"], []).append(bodies[row["position"]])
    return found


async def lock_known_webhooks(tx: Transaction, ids: Iterable[str]) -> set[str]:
    """Which of these endpoints are there; those are not removed before the commit."""
    mine = select(webhooks.c.id).where(webhooks.c.id.in_(sorted(set(ids)))).order_by(webhooks.c.id)
    return {row["id"] for row in await tx.all(mine.with_for_update(read=True, key_share=True))}


async def save_visits(tx: Transaction, endpoints: Iterable[Endpoint]) -> None:
    """Keep where visits left endpoints, and give their leases back; what staff decided meanwhile stays."""
    b = bindparam
    moved = (
        update(webhooks)
        .where(webhooks.c.id == b("b_id"))
        .values(
            position=func.greatest(webhooks.c.position, b("b_position")),
            failures=b("b_failures"),
            failing_since=b("b_failing_since"),
            seconds=b("b_seconds"),
            due_at=b("b_due_at"),
        )
    )
    rows = [
        {
            "b_id": one.id,
            "b_position": one.position,
            "b_failures": one.failures,
            "b_failing_since": one.failing_since,
            "b_seconds": one.seconds,
            "b_due_at": one.due_at,
        }
        for one in sorted(endpoints, key=lambda one: one.id)
    ]
    if rows:
        await tx.execute(moved, rows)


async def mark_disabled(tx: Transaction, endpoint: Endpoint) -> bool:
    """Disable an endpoint for what its answers were; says whether it was active until now."""
    active = (webhooks.c.id == endpoint.id) & (webhooks.c.status == "active")
    gone = update(webhooks).where(active)
    values = {"status": "disabled", "reason": endpoint.reason, "changed_at": tx.now}
    return await tx.run(gone.values(values)) == 1


def _row(endpoint: Endpoint) -> dict[str, Any]:
    serials = [
        {
            "number": one.number,
            "since": one.since.isoformat(),
            "until": one.until.isoformat() if one.until else None,
        }
        for one in endpoint.serials
    ]
    return {**asdict(endpoint), "events": list(endpoint.events), "serials": serials}


def _endpoint(row: RowMapping) -> Endpoint:
    serials = tuple(
        Serial(
            number=one["number"],
            since=datetime.fromisoformat(one["since"]),
            until=datetime.fromisoformat(one["until"]) if one["until"] else None,
        )
        for one in row["serials"]
    )
    return Endpoint(**{**row, "events": tuple(row["events"]), "serials": serials})
