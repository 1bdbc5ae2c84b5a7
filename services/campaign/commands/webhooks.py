"""Webhooks: what staff do with endpoints, and the visits to those that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter

from services.campaign import store, thresholds, webhooks
from services.campaign.webhooks import Attempt, Delivery, Endpoint, Room, Visit, Wish
from shared.db import Transaction
from shared.errors import Invalid, NotFound, Refused

log = logging.getLogger(__name__)

DISABLED = Counter(
    "latu_webhooks_disabled_total",
    "Endpoints disabled for what they answered, by partner, endpoint and reason.",
    ["partner", "webhook", "reason"],
)

WEBHOOKS: Final = "webhooks"
"""The signal that is set when an endpoint may have something to send."""

PROGRAM: Final = "latu"


@dataclass(frozen=True, slots=True)
class Visited:
    """What came of a visit; `chance` is from 0 to 1."""

    endpoint: Endpoint
    attempts: tuple[Attempt, ...]
    chance: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events are sent again, and since when there are more to ask for, if there are."""

    events: int
    rest_since: datetime | None


async def add_webhook(tx: Transaction, partner: str, wish: Wish, actor: str) -> Endpoint:
    """Send a partner's events to an address from now on.

    Raises:
        NotFound: there is no such partner.
        Invalid: something is wrong with the wish.
        Refused: the partner is not active, or has as many endpoints as one may have.
    """
    found = await store.load_partner(tx, partner)
    if found is None:
        raise NotFound("no_such_partner", "There is no such partner.")
    if len(await store.list_webhooks(tx, partner)) >= thresholds.WEBHOOKS_OF_PARTNER:
        raise Refused("webhooks_of_partner", "A partner has at most 20 webhooks.")
    position = await store.find_last_position(tx)
    endpoint = webhooks.add(tx.new_id(), found, wish, position, tx.now)
    await store.save_new_webhook(tx, endpoint)
    await _tell(tx, actor, "webhook_added", endpoint)
    return endpoint


async def change_webhook(tx: Transaction, webhook: str, events: Iterable[str], actor: str) -> Endpoint:
    """Send other events to an endpoint; its place in the history and its log stay.

    Raises:
        Invalid: there is no such event, or the partner may not read it.
    """
    partner = await store.find_partner(tx, (await _found(tx, webhook)).partner)
    if partner is None:
        raise NotFound("no_such_partner", "There is no such partner.")
    return await _change(
        tx, webhook, actor, "webhook_changed", lambda one: webhooks.change(one, events, partner, tx.now)
    )


async def disable_webhook(tx: Transaction, webhook: str, actor: str) -> Endpoint:
    """Send nothing there any more; its place in the history stays."""
    return await _change(
        tx, webhook, actor, "webhook_disabled", lambda one: webhooks.disable(one, "staff", tx.now)
    )


async def enable_webhook(tx: Transaction, webhook: str, actor: str) -> Endpoint:
    """Send there again, from where it stopped."""
    return await _change(tx, webhook, actor, "webhook_enabled", lambda one: webhooks.enable(one, tx.now))


async def rotate_webhook(tx: Transaction, webhook: str, overlap: timedelta, actor: str) -> Endpoint:
    """Sign with new keys; the ones of before sign beside them until the overlap is over."""
    return await _change(
        tx, webhook, actor, "webhook_rotated", lambda one: webhooks.rotate(one, overlap, tx.now)
    )


async def remove_webhook(tx: Transaction, webhook: str, actor: str) -> None:
    """Forget an endpoint with its log."""
    endpoint = await _found(tx, webhook)
    await store.delete_webhook(tx, webhook)
    await _tell(tx, actor, "webhook_removed", endpoint)


async def ping_webhook(tx: Transaction, webhook: str, actor: str) -> str:
    """Have a test sent; returns its id, under which the log has what came of it.

    Raises:
        Refused: the endpoint is disabled.
    """
    endpoint = await _found(tx, webhook)
    if endpoint.status != "active":
        raise Refused("webhook_disabled", "This webhook is disabled. Enable it first.")
    event = tx.new_id()
    await store.save_ping(tx, webhook, event, webhooks.PING)
    await _tell(tx, actor, "webhook_pinged", endpoint)
    return event


async def replay_webhook(
    tx: Transaction, webhook: str, actor: str, event: str = "", since: datetime | None = None
) -> Replayed:
    """Have one event, or the oldest since a moment, sent again under the old ids.

    Raises:
        Invalid: neither or both were named.
        NotFound: the event was not sent there, or was withdrawn.
    """
    endpoint = await _found(tx, webhook)
    if bool(event) == (since is not None):
        raise Invalid("webhook_replay", "Name one event, or a moment since when all are sent again.")
    again, rest = await store.save_replay(tx, webhook, event, since, thresholds.WEBHOOK_REPLAYED)
    if event and not again:
        raise NotFound("no_such_event", "This event was not sent there, or was withdrawn since.")
    await tx.audit(actor, "webhook_replayed", webhook, {"partner": endpoint.partner, "events": again})
    tx.wake(WEBHOOKS)
    return Replayed(again, rest)


async def plan_visits(tx: Transaction, rooms: Iterable[Room]) -> list[Visit]:
    """Lease endpoints that are due to this process, with what is to be sent there."""
    until, leased = tx.now + thresholds.WEBHOOK_LEASE, list[Endpoint]()
    for room in rooms:
        if len(room.busy) < room.most:
            leased += await store.lock_due_webhooks(tx, until, room)
    if not leased:
        return []
    ids, most = [one.id for one in leased], thresholds.WEBHOOK_AT_ONCE
    due = await store.list_waiting_parcels(tx, ids, most)
    fresh = await store.list_fresh_parcels(tx, ids, most)
    return [Visit(one, webhooks.chosen(one, due.get(one.id, ()), fresh.get(one.id, ()))) for one in leased]


async def record_visits(tx: Transaction, done: Iterable[Visited]) -> None:
    """Keep what came of visits, and give the endpoints back."""
    visits = list(done)
    if not visits:
        return
    known = await store.lock_known_webhooks(tx, [one.endpoint.id for one in visits])
    after, deliveries = list[Endpoint](), list[tuple[str, Delivery]]()
    for one in (visit for visit in visits if visit.endpoint.id in known):
        endpoint = webhooks.visited(one.endpoint, one.attempts, one.chance, tx.now)
        after.append(endpoint)
        deliveries += [
            (endpoint.id, webhooks.settled(attempt, one.chance, tx.now)) for attempt in one.attempts
        ]
    await store.save_deliveries(tx, deliveries)
    await store.save_visits(tx, after)
    for endpoint in after:
        if endpoint.status == "disabled" and await store.mark_disabled(tx, endpoint):
            log.warning("webhook %s of %s is disabled: %s", endpoint.id, endpoint.partner, endpoint.reason)
            DISABLED.labels(endpoint.partner, endpoint.id, endpoint.reason).inc()
            await _tell(tx, PROGRAM, "webhook_disabled", endpoint)


async def forget_old_deliveries(tx: Transaction) -> None:
    """Forget the log of what was settled long ago."""
    await store.delete_old_deliveries(tx, tx.now - thresholds.WEBHOOK_LOG)


async def _change(
    tx: Transaction, webhook: str, actor: str, action: str, decide: Callable[[Endpoint], Endpoint]
) -> Endpoint:
    after = decide(await _found(tx, webhook))
    await store.save_webhook(tx, after)
    await _tell(tx, actor, action, after)
    return after


async def _found(tx: Transaction, webhook: str) -> Endpoint:
    endpoint = await store.load_webhook(tx, webhook)
    if endpoint is None:
        raise NotFound("no_such_webhook", "There is no such webhook.")
    return endpoint


async def _tell(tx: Transaction, actor: str, action: str, endpoint: Endpoint) -> None:
    told = {"partner": endpoint.partner, "status": endpoint.status, "reason": endpoint.reason}
    await tx.audit(actor, action, endpoint.id, {**told, "events": list(endpoint.events)})
    tx.wake(WEBHOOKS)
