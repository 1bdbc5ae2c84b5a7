"""What the broker lets a partner do: an account of its own that can do next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.campaign import partners, thresholds
from services.campaign.partners import Partner

# Under this prefix (JetStream domain `latu`) the partner finds what it may ask the services' account.
API: Final = "$JS.latu.API"
STREAM: Final = "PUBLIC"
ANSWERS: Final = "ANSWERS"

_HEAD: Final = "# Written by the campaign service from its partners. Do not edit: it is written anew.\n"
_ACCOUNT: Final = """\
{id}: {{
  users: [
{users}  ]
  imports: [
{imports}  ]
  limits: {{ max_connections: {connections}, max_subscriptions: {subscriptions}, max_payload: {payload} }}
}}
"""


def accounts(everyone: Iterable[Partner], now: datetime) -> str:
    """The accounts of all partners that are let in at this moment, as the broker's configuration."""
    let_in = [one for one in everyone if partners.valid_keys(one, now)]
    return _HEAD + "".join(_account(one, now) for one in sorted(let_in, key=lambda one: one.id))


def imports(partner: Partner) -> dict[str, str]:
    """What a partner can reach of the services' account: the subject there, under which subject here."""
    reading = _reading(STREAM, partner) if partner.reads else {}
    sending = {f"latu.partner.{partner.id}.{kind}" for kind in partner.contributes}
    answered = _reading(ANSWERS, partner) if sending else {}
    return reading | {subject: subject for subject in sorted(sending)} | answered


def durables(everyone: Iterable[Partner]) -> dict[str, list[tuple[str, str]]]:
    """Stream and name of each durable that partners have now, by partner; a removed one has none."""
    return {
        one.id: [
            (stream, one.id)
            for stream, granted in ((STREAM, one.reads), (ANSWERS, one.contributes))
            if granted and one.status != "removed"
        ]
        for one in everyone
    }


def answers_to(partner: Partner) -> str:
    """Where the answers to this partner lie, and nobody else's."""
    return f"latu.answers.*.*.*.{partner.id}.*"


def _reading(stream: str, partner: Partner) -> dict[str, str]:
    name = f"{stream}.{partner.id}"
    return {
        f"$JS.API.CONSUMER.MSG.NEXT.{name}": f"{API}.CONSUMER.MSG.NEXT.{name}",
        f"$JS.API.CONSUMER.INFO.{name}": f"{API}.CONSUMER.INFO.{name}",
        f"$JS.ACK.{name}.>": f"$JS.ACK.{name}.>",
    }


def _account(partner: Partner, now: datetime) -> str:
    reachable = imports(partner)
    publish = json.dumps(list(reachable.values()))
    # Two levels, each enough by itself: the account imports nothing more, the user may say nothing more.
    users = (
        f'    {{ nkey: {key.public}, permissions: {{ publish: {publish}, subscribe: "_INBOX.>" }} }}\n'
        for key in partners.valid_keys(partner, now)
    )
    services = (
        f"    {{ service: {{ account: LATU, subject: {json.dumps(there)} }}, to: {json.dumps(here)} }}\n"
        for there, here in reachable.items()
    )
    return _ACCOUNT.format(
        id=partner.id,
        users="".join(users),
        imports="".join(services),
        connections=thresholds.PARTNER_CONNECTIONS,
        subscriptions=thresholds.PARTNER_SUBSCRIPTIONS,
        payload=thresholds.PARTNER_PAYLOAD,
    )
