"""Events that the broker passed over: settled by its account, and never handled here.

A broker that lost the end of a stream, or could not write it, gives its sequences out once more. A durable
that had been there takes the message that lies there now for the one that it had. So what a durable has
settled is looked at by the ids of the events, each time a little further back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import ARRAY, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from shared import dead_letters, envelopes, reading
from shared.backbone import dead_letters as letters
from shared.backbone import inbox, looked_back
from shared.db import Database, Transaction
from shared.dead_letters import Chosen, Letter
from shared.messaging import Handlers
from shared.observability import PASSED_OVER
from shared.reading import Span
from shared.streams import Durable

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
# Sequences that are looked at once more: many more than a broker loses that writes each message to its disk.
OVERLAP = 1_024
REASON = "passed over by the broker"
ACTOR = "broker"


async def run_look_back(database: Database, client: Client, handlers: Handlers) -> None:
    """Look back for ever, for every handler of a service."""
    while True:
        for durable in handlers.durables():
            try:
                await look_back(database, client.jetstream(), handlers, durable)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the other handlers look back
                log.warning("%s does not look back now: %s", durable.name, type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


async def look_back(database: Database, js: JetStreamContext, handlers: Handlers, durable: Durable) -> int:
    """Handle what was passed over; returns how many events that were.

    Each becomes a dead letter first and is redriven at once: what cannot be handled waits for a decision, and
    what takes the process with it is not tried again.

    Raises:
        NatsError: the broker does not answer, or has no such durable.
        Refused: the broker stopped answering.
    """
    settled = (await js.consumer_info(durable.stream, durable.name)).ack_floor
    created = (await js.stream_info(durable.stream)).created
    here = Looked(created.isoformat() if created else "", settled.stream_seq if settled else 0)
    async with database.transaction() as tx:
        before = await _load(tx, durable)
    found = 0
    begin = start(before, here)
    if begin <= here.sequence:
        span = Span(durable.stream, tuple(durable.filter_subjects), begin, here.sequence)
        async with aclosing(reading.read(js, span, headers_only=True)) as batches:
            async for messages in batches:
                for sequence in await _list_unknown(database, durable, messages):
                    found += await _handle(database, js, handlers, durable, sequence)
    async with database.transaction() as tx:
        await _save(tx, durable, here)
    return found


@dataclass(frozen=True)
class Looked:
    """Up to where in which stream; `stream` says since when it exists, a new one counts anew."""

    stream: str
    sequence: int


def start(before: Looked | None, here: Looked) -> int:
    """The sequence to look back to: who never looked before begins near the end."""
    if before is None:
        return max(1, here.sequence - OVERLAP)
    if before.stream != here.stream:
        return 1
    return max(1, min(before.sequence, here.sequence) - OVERLAP)


async def _list_unknown(database: Database, durable: Durable, messages: Sequence[Msg]) -> list[int]:
    """The sequences of messages whose ids this handler does not know."""
    by_id = {_id(message): reading.sequence(message) for message in messages}
    async with database.transaction() as tx:
        known = await _list_known(tx, durable, list(by_id))
    return [sequence for event_id, sequence in by_id.items() if event_id not in known]


async def _handle(
    database: Database, js: JetStreamContext, handlers: Handlers, durable: Durable, sequence: int
) -> int:
    try:
        message = await js.get_msg(durable.stream, sequence)
    except NotFoundError:
        return 0  # withdrawn meanwhile
    letter = Letter.of(durable, message.headers or {}, message.subject or "", message.data or b"")
    async with database.transaction() as tx:
        await tx.lock_letters(letter.type, letter.key)
        if await _list_known(tx, durable, [letter.event_id]):
            return 0
        if not await dead_letters.save(tx, letter, REASON, 0):
            return 0  # its thing was withdrawn
    log.warning("%s was passed over: event %s", durable.name, letter.event_id)
    PASSED_OVER.labels(durable.name).inc()
    async with database.transaction() as tx:
        await dead_letters.redrive(tx, handlers, Chosen(event_id=letter.event_id), ACTOR)
    return 1


async def _list_known(tx: Transaction, durable: Durable, ids: Sequence[str]) -> set[str]:
    wanted = any_(bindparam("ids", type_=ARRAY(Text)))
    handled = select(inbox.c.event_id).where(inbox.c.handler == durable.name, inbox.c.event_id == wanted)
    aside = select(letters.c.event_id).where(letters.c.handler == durable.name, letters.c.event_id == wanted)
    return {row["event_id"] for row in await tx.all(handled.union(aside), {"ids": list(ids)})}


async def _load(tx: Transaction, durable: Durable) -> Looked | None:
    row = await tx.first(select(looked_back).where(looked_back.c.handler == durable.name))
    return Looked(row["stream"], row["sequence"]) if row else None


async def _save(tx: Transaction, durable: Durable, looked: Looked) -> None:
    row = insert(looked_back).values(handler=durable.name, stream=looked.stream, sequence=looked.sequence)
    here = {"stream": row.excluded.stream, "sequence": row.excluded.sequence}
    await tx.execute(row.on_conflict_do_update(index_elements=["handler"], set_=here))


def _id(message: Msg) -> str:
    return envelopes.event_id(message.headers or {}, message.subject, message.data)
