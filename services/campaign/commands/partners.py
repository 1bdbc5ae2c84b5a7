"""What staff do with partners; the broker follows after the commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from services.campaign import partners, store
from services.campaign.commands.webhooks import PROGRAM, remove_webhook
from services.campaign.partners import Partner, Wish
from shared.db import Transaction
from shared.errors import NotFound, Refused

ACCESS: Final = "partner_access"
ByStatus = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class PartnerCounts:
    """What there is of each partner that is not removed, by its id and a status."""

    partners: tuple[Partner, ...]
    webhook_events_behind: ByStatus
    webhook_deliveries: ByStatus
    webhooks: ByStatus
    contributions: ByStatus


async def add_partner(tx: Transaction, wish: Wish, public_key: str, actor: str) -> Partner:
    """Take a partner in.

    Raises:
        Invalid: something is wrong with the wish.
        Refused: its id is or was another partner's, or the key is.
    """
    partner = partners.add(wish, public_key, tx.now)
    await _check_key_unused(tx, public_key)
    if not await store.save_new_partner(tx, partner):
        raise _taken()
    await _tell(tx, actor, "partner_added", partner)
    return partner


async def try_partner(tx: Transaction, wish: Wish, public_key: str) -> Partner:
    """The partner that `add_partner` would take in now; nothing is kept. Raises what that raises."""
    partner = partners.add(wish, public_key, tx.now)
    await _check_key_unused(tx, public_key)
    if await store.load_partner(tx, partner.id) is not None:
        raise _taken()
    return partner


async def rotate_key(
    tx: Transaction, partner: str, public_key: str, overlap: timedelta, actor: str
) -> Partner:
    """Give a partner another key; the old one ends after the overlap."""
    await _check_key_unused(tx, public_key, partner)
    return await _change(
        tx,
        partner,
        actor,
        "partner_key_rotated",
        lambda one: partners.rotate(one, public_key, overlap, tx.now),
    )


async def change_partner(
    tx: Transaction, partner: str, reads: tuple[str, ...], contributes: tuple[str, ...], actor: str
) -> Partner:
    """Let a partner read and send something else."""
    return await _change(
        tx, partner, actor, "partner_changed", lambda one: partners.change(one, reads, contributes, tx.now)
    )


async def follow_versions(tx: Transaction) -> None:
    """Let partners read in every version what they may read in one: a version can come with a start."""
    for known in await store.list_partners(tx):
        if known.status != "removed" and partners.in_all_versions(known.reads) != known.reads:
            change = partial(replace, reads=partners.in_all_versions(known.reads), changed_at=tx.now)
            await _change(tx, known.id, PROGRAM, "partner_changed", change)
    for endpoint in await store.list_webhooks(tx):
        events = partners.in_all_versions(endpoint.events)
        if events != endpoint.events and (now := await store.load_webhook(tx, endpoint.id)):
            await store.save_webhook(tx, replace(now, events=events, changed_at=tx.now))


async def suspend_partner(tx: Transaction, partner: str, actor: str) -> Partner:
    """Let a partner in no more, until it is resumed."""
    return await _change(tx, partner, actor, "partner_suspended", lambda one: partners.suspend(one, tx.now))


async def resume_partner(tx: Transaction, partner: str, actor: str) -> Partner:
    """Let a suspended partner in again."""
    return await _change(tx, partner, actor, "partner_resumed", lambda one: partners.resume(one, tx.now))


async def remove_partner(tx: Transaction, partner: str, actor: str) -> Partner:
    """Take a partner out for good, with its webhooks and their logs."""
    after = await _change(tx, partner, actor, "partner_removed", lambda one: partners.remove(one, tx.now))
    for endpoint in await store.list_webhooks(tx, partner):
        await remove_webhook(tx, endpoint.id, actor)
    return after


async def list_partners(tx: Transaction) -> list[Partner]:
    """All partners as they are now, for whoever has the broker follow them."""
    return await store.list_partners(tx)


async def count_partners(tx: Transaction) -> PartnerCounts:
    """What there is of each partner; of removed ones nothing is told."""
    present = tuple(one for one in await store.list_partners(tx) if one.status != "removed")
    endpoints = [one for one in await store.list_webhooks(tx) if one.partner in {each.id for each in present}]
    missing = await store.count_behind(tx)
    behind: Counter[tuple[str, str]] = Counter()
    for one in endpoints:
        behind[one.partner, one.status] += missing.get(one.id, 0)
    return PartnerCounts(
        present,
        webhook_events_behind=behind,
        webhook_deliveries=_of(present, await store.count_deliveries(tx)),
        webhooks=Counter((one.partner, one.status) for one in endpoints),
        contributions=_of(present, await store.count_contributions_by_partner(tx)),
    )


def _of(present: tuple[Partner, ...], counted: ByStatus) -> ByStatus:
    ids = {one.id for one in present}
    return {place: number for place, number in counted.items() if place[0] in ids}


async def confirm_access(tx: Transaction, partner: Partner) -> None:
    """The broker follows this state of a partner."""
    await store.mark_applied(tx, partner)


async def _check_key_unused(tx: Transaction, public_key: str, partner: str = "") -> None:
    if public_key:
        await store.lock_partner_keys(tx)
        others = (one for one in await store.list_partners(tx) if one.id != partner)
        partners.check_key_unused(public_key, others, tx.now)


def _taken() -> Refused:
    return Refused("partner_id_taken", "A partner has or had this id already. Name another with --id.")


async def _change(
    tx: Transaction, partner: str, actor: str, action: str, decide: Callable[[Partner], Partner]
) -> Partner:
    before = await store.load_partner(tx, partner)
    if before is None:
        raise NotFound("no_such_partner", "There is no such partner.")
    after = decide(before)
    await store.save_partner(tx, after)
    await _tell(tx, actor, action, after)
    return after


async def _tell(tx: Transaction, actor: str, action: str, partner: Partner) -> None:
    detail = {
        "status": partner.status,
        "reads": list(partner.reads),
        "contributes": list(partner.contributes),
        "keys": [key.public for key in partner.keys],
    }
    await tx.audit(actor, action, partner.id, detail)
    tx.wake(ACCESS)
