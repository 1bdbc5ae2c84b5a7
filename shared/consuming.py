"""Consuming: our one kind of subscriber pulls batches and handles each in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import hashlib
import logging
import random
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from faststream.nats import JStream, PullSub
from faststream.nats.subscriber.usecases import PullStreamSubscriber
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import ServiceUnavailableError
from sqlalchemy.exc import SQLAlchemyError

from shared import dead_letters, envelopes, inbox, tracing
from shared.db import Database, Transaction
from shared.events import Event
from shared.observability import DEAD_LETTERS, EVENT_DELAY_SECONDS, EVENTS_HANDLED, beside, correlation_id
from shared.retries import OUTAGE, PERMANENT, is_of_database, judge, policy_for
from shared.streams import ACK_WAIT_SECONDS, Durable, Keeping, ensure_durable, mend_streams

log = logging.getLogger(__name__)

BATCH = 256
# A pull ends with the node that had it, which nobody says: the next one follows soon.
FETCH_SECONDS = 2.0
BROKER_DOWN_SECONDS = 0.5
LONGEST_WAIT_SECONDS = ACK_WAIT_SECONDS / 3
TOGETHER_UNTIL = 2

current_transaction: ContextVar[Transaction] = ContextVar("transaction")


class EventSubscriber(PullStreamSubscriber):
    """Pulls batches and handles each in one transaction; a poison message hurts only itself."""

    __slots__ = ("database", "durable", "keeping")

    def __init__(self, durable: Durable, database: Database, keeping: Keeping, **rest: Any) -> None:
        stream = JStream(durable.stream, declare=False)
        super().__init__(**rest, queue="", pull_sub=PullSub(batch_size=BATCH), stream=stream)
        self.durable = durable
        self.database = database
        self.keeping = keeping

    async def _create_subscription(self) -> None:
        if not self.subscription:
            await ensure_durable(self.jetstream, self.durable)
            self.subscription = await self.jetstream.pull_subscribe_bind(
                self.durable.name, self.durable.stream
            )
            self.add_task(self._pull)

    async def _pull(self) -> None:
        while self.running:
            for messages in apart(await self._fetch()):
                await self.handle(messages)

    async def _fetch(self) -> list[Msg]:
        try:
            found: list[Msg] = await self.subscription.fetch(BATCH, timeout=FETCH_SECONDS)  # type: ignore[union-attr]
        except TimeoutError:
            return []
        except NatsError as error:
            log.warning("%s waits for the broker: %s", self.durable.name, type(error).__name__)
            await asyncio.sleep(BROKER_DOWN_SECONDS)
            if isinstance(error, ServiceUnavailableError):
                await self._mend()
            return []
        return found

    async def _mend(self) -> None:
        """Make what a broker that lost its disk does not have any more; a broker that is just busy has it."""
        with contextlib.suppress(NatsError, OSError):  # a TimeoutError is an OSError
            await mend_streams(self.jetstream, self.keeping)
            await ensure_durable(self.jetstream, self.durable)

    async def handle(self, messages: Sequence[Msg]) -> None:
        """Handle messages in one transaction and acknowledge them after its commit.

        When it fails they are handled one by one, so that only the one that cannot be handled waits. While
        the database is down all of them wait here: it tells nothing about them and costs none of their tries.
        """
        waited = 0
        while (error := await self._try(messages)) and await self._is_down(error):
            waited += 1
            await self._wait(messages, waited)
        if error is None:
            await self._acknowledge(messages)
        elif len(messages) == 1:
            await self._settle(messages[0], error)
        else:
            for message in messages:
                await self.handle([message])

    async def _try(self, messages: Sequence[Msg]) -> Exception | None:
        followed = ((message.headers or {}).get("traceparent") for message in messages)
        try:
            with tracing.span(f"receive {self.durable.name}", "consumer", after=followed) as span:
                span.attributes |= {
                    "messaging.system": "nats",
                    "messaging.batch.message_count": len(messages),
                }
                async with self.database.transaction() as tx:
                    await self._handle_within(tx, messages)
        except Exception as error:  # noqa: BLE001 - judged by the caller: retried or put aside, never dropped
            return error
        return None

    async def _handle_within(self, tx: Transaction, messages: Sequence[Msg]) -> None:
        by_id = {envelopes.event_id(m.headers or {}, m.subject, m.data): m for m in messages}
        current_transaction.set(tx)
        fresh = await inbox.first_times(tx, self.durable.name, list(by_id))
        for event_id, message in by_id.items():
            if event_id in fresh:
                origin = envelopes.origin(message.headers or {}, event_id)
                correlation_id.set(origin.correlation_id)
                with tx.on_behalf_of(origin, f"process {self.durable.name}", "consumer") as span:
                    span.attributes |= {"messaging.system": "nats", "messaging.message.id": event_id}
                    now = as_now(self.durable.event, message)
                    if now is not None:
                        await self.process_message(now)

    async def _is_down(self, error: Exception) -> bool:
        policy = policy_for(error)
        if policy is OUTAGE and is_of_database(error):
            return True
        # A server that is not there shows in many ways: a socket that is gone is a file that is not found.
        return policy is not PERMANENT and not await self.database.answers()

    async def _wait(self, messages: Sequence[Msg], waited: int) -> None:
        for message in messages:
            with contextlib.suppress(NatsError):
                await message.in_progress()
        delay = min(OUTAGE.delay(waited, random.random()), LONGEST_WAIT_SECONDS)  # noqa: S311
        log.warning("%s waits for the database", self.durable.name)
        await asyncio.sleep(delay)

    async def _acknowledge(self, messages: Sequence[Msg]) -> None:
        now = self.database.clock().timestamp()
        for message in messages:
            EVENTS_HANDLED.labels(self.durable.name, "done").inc()
            delay = now - envelopes.published_at(message.headers or {}, now)
            EVENT_DELAY_SECONDS.labels(self.durable.name).observe(max(0.0, delay))
            log.info("%s handled an event", self.durable.name, extra=_ids(message))
            with contextlib.suppress(NatsError):  # it comes again, and the inbox knows it
                await message.ack()

    async def _settle(self, message: Msg, error: Exception) -> None:
        verdict = judge(error, message.metadata.num_delivered)
        EVENTS_HANDLED.labels(self.durable.name, "retried" if verdict.retry_after else "dead").inc()
        log.warning(
            "%s could not handle an event: %s", self.durable.name, verdict.reason, extra=_ids(message)
        )
        try:
            if verdict.retry_after is None:
                await self._put_aside(message, verdict.reason)
                await message.ack()
            else:
                await message.nak(delay=verdict.retry_after)
        except (NatsError, SQLAlchemyError, OSError):
            log.warning("%s leaves a message to be delivered again", self.durable.name)

    async def _put_aside(self, message: Msg, reason: str) -> None:
        letter = dead_letters.Letter.of(self.durable, message.headers or {}, message.subject, message.data)
        async with self.database.transaction() as tx:
            kept = await dead_letters.save(tx, letter, reason, message.metadata.num_delivered)
        if kept:
            DEAD_LETTERS.labels(self.durable.name).inc()


def _ids(message: Msg) -> dict[str, dict[str, str]]:
    headers = message.headers or {}
    found = envelopes.event_id(headers, message.subject, message.data)
    return beside(envelopes.origin(headers, found).correlation_id, found)


def as_now(event: type[Event], message: Msg) -> Msg | None:
    """The message as FastStream shall read it; None where nothing is to be read (`envelopes.body_now`)."""
    body = envelopes.body_now(event, message.headers or {}, message.data)
    if body is None or body is message.data:
        return None if body is None else message
    now = copy.copy(message)  # the message itself stays as it came: it may become a dead letter
    now.data = body
    return now


def apart(messages: Sequence[Msg]) -> Iterator[Sequence[Msg]]:
    """Those that may share a transaction, then each that came back again and again alone.

    One that takes the whole process with it cannot be found out by an exception. Alone it takes no other.
    Each order is tried from both ends before another one is drawn, so that none stays behind it.
    """
    together = [message for message in messages if message.metadata.num_delivered <= TOGETHER_UNTIL]
    if together:
        yield together
    again = [message for message in messages if message.metadata.num_delivered > TOGETHER_UNTIL]
    for message in sorted(again, key=_drawn):
        yield [message]


def _drawn(message: Msg) -> int:
    order, from_the_end = divmod(message.metadata.num_delivered, 2)
    # A real hash: checksums such as CRC sort nearly the same whatever comes first.
    drawn = hashlib.sha256(f"{order} {message.metadata.sequence.stream}".encode()).digest()
    place = int.from_bytes(drawn[:8])
    return -place if from_the_end else place
