"""Answers to what is sent in the sandbox: as the campaign opens it, with staff who accept all that waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, get_args

from nats.aio.msg import Msg

from deploy.sandbox.broker import Sandbox
from services.campaign import answers, contributions
from services.campaign.contributions import Contribution
from shared import envelopes
from shared.db import now_in_utc
from shared.events import ContributionKind, Event
from shared.ids import new_id
from shared.streams import PARTNER

DURABLE: Final = "sandbox"
FETCH_SECONDS: Final = 1.0


async def answer(made: Sandbox) -> AsyncIterator[Contribution]:
    """Take and answer for ever what the partner sends; gives what became of each."""
    pull = await made.js.pull_subscribe(f"latu.partner.{made.partner.id}.*", DURABLE, PARTNER)
    known: dict[str, Contribution] = {}
    while True:
        try:
            messages = await pull.fetch(10, timeout=FETCH_SECONDS)
        except TimeoutError:
            continue
        for message in messages:
            kept, told = _decided(made.partner.id, message, known)
            known[kept.key] = kept
            await _tell(made, told)
            yield told
            await message.ack()


def _decided(
    partner: str, message: Msg, known: Mapping[str, Contribution]
) -> tuple[Contribution, Contribution]:
    """What is known after a message, and what is told."""
    kind = message.subject.split(".")[-1]
    word: ContributionKind = next(one for one in get_args(ContributionKind) if one == kind)
    opened = contributions.open_message(word, message.headers or {}, message.data)
    made = contributions.receive(partner, word, opened, now_in_utc())
    kept, told = contributions.hear(known.get(made.key), made)
    if kept.status != "waiting":
        return kept, told
    accepted = contributions.accept(kept, kept.revision, "", now_in_utc())
    return accepted, accepted


async def _tell(made: Sandbox, found: Contribution) -> None:
    event: Event | None = answers.answer(found, now_in_utc())
    if event is None:
        return
    row: dict[str, Any] = {"id": new_id(now_in_utc()), "type": event.type_name(), "key": event.key}
    row |= {"occurred_at": event.occurred_at, "revision": event.revision, "correlation_id": found.key}
    headers = envelopes.envelope(row | {"causation_id": None, "traceparent": None}, event.publisher())  # type: ignore[arg-type]
    await made.js.publish(event.subject, event.model_dump_json().encode(), headers=headers)
