"""The broker follows the partners: durables, accounts, and nodes that read them again."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from services.campaign import access, commands, partners, thresholds
from services.campaign.partners import Partner
from shared.broker_accounts import NotReloaded, put_accounts
from shared.db import Transaction
from shared.settings import Settings
from shared.streams import PARTNER_ACK_SECONDS, connect
from shared.timers import Timer

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


def timers_with(settings: Settings) -> Sequence[Timer]:
    """The timer of the partners' access, where the broker is set up for it."""
    if settings.partners_file is None or not settings.nats_system_url:
        return ()
    return (Timer(commands.ACCESS, EVERY_SECONDS, Following(settings).follow),)


@dataclass
class Following:
    """What this process last saw every node of the broker take; nothing at its start."""

    settings: Settings
    taken: str | None = None

    async def follow(self, tx: Transaction) -> None:
        """Bring the broker to where the partners are. What fails is tried again by the clock."""
        everyone = await commands.list_partners(tx)
        wanted = access.accounts(everyone, tx.now)
        changed = [one for one in everyone if not one.in_effect]
        if not changed and wanted == self.taken:
            return
        place = self.settings.partners_file
        if place is None:
            return
        if changed:
            await settle_durables(self.settings.broker_url, changed)
        try:
            await put_accounts(place, wanted, self.settings.broker_system_url)
        except NotReloaded as error:
            self.taken = None
            log.warning("the broker does not follow the partners yet: %s", error)
            return
        self.taken = wanted
        for one in changed:
            await commands.confirm_access(tx, one)


async def settle_durables(nats_url: str, changed: Sequence[Partner]) -> None:
    """Give each of these its place in the stream; take that of a removed one."""
    client = await connect(nats_url, "latu-partners")
    try:
        for one in changed:
            await _settle_durable(client.jetstream(), one)
    finally:
        await client.close()


async def _settle_durable(js: JetStreamContext, partner: Partner) -> None:
    places = {
        access.STREAM: (partner.reads, partners.subjects(partner.reads)),
        access.ANSWERS: (partner.contributes, (access.answers_to(partner),)),
    }
    for stream, (granted, subjects) in places.items():
        if partner.status == "removed" or not granted:
            with contextlib.suppress(NotFoundError):
                await js.delete_consumer(stream, partner.id)
        elif not subjects:
            # No filter would be the whole stream.
            log.warning("nothing that a partner reads is known any more; its durable stays: %s", partner.id)
        else:
            await js.add_consumer(stream, durable_of(partner, subjects))


def durable_of(partner: Partner, subjects: Sequence[str]) -> ConsumerConfig:
    """The place of a partner in a stream: only we change it."""
    return ConsumerConfig(
        durable_name=partner.id,
        filter_subjects=list(subjects),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=PARTNER_ACK_SECONDS,
        max_ack_pending=thresholds.PARTNER_UNACKNOWLEDGED,
        max_waiting=thresholds.PARTNER_PULLS,
    )
