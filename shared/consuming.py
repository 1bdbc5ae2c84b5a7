"""Consuming: our one kind of subscriber pulls batches and handles each in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import hashlib
import logging
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextvars import ContextVar
from functools import partial
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
from shared.hindrances import HINDRANCES
from shared.observability import (
    DEAD_LETTERS,
    EVENT_DELAY_SECONDS,
    EVENTS_HANDLED,
    HANDLER_SECONDS,
    beside,
    correlation_id,
)
from shared.pulling import Pull
from shared.retries import OUTAGE, PERMANENT, is_of_database, judge, policy_for
from shared.streams import ACK_WAIT_SECONDS, Durable, Keeping, ensure_durable, insist, mend_streams

log = logging.getLogger(__name__)

BATCH = 256
FIRST_BATCH = 32
# As many together as take about that long: a slow handler holds few, and ends soon when it must.
BATCH_SECONDS = 2.0
# So long a process that is told to end works on what it has in hand; then it gives that back.
FINISH_SECONDS = 5.0
ROLLBACK_SECONDS = 1.0
BROKER_DOWN_SECONDS = 0.5
LONGEST_WAIT_SECONDS = ACK_WAIT_SECONDS / 3
# A database that is back is soon noticed; being asked so often costs it nothing.
LOOK_AGAIN_SECONDS = 2.0
TOGETHER_UNTIL = 2

current_transaction: ContextVar[Transaction] = ContextVar("transaction")


class EventSubscriber(PullStreamSubscriber):
    """Pulls batches and handles each in one transaction; a poison message hurts only itself."""

    __slots__ = ("database", "durable", "keeping", "most")

    def __init__(self, durable: Durable, database: Database, keeping: Keeping, **rest: Any) -> None:
        stream = JStream(durable.stream, declare=False)
        super().__init__(**rest, queue="", pull_sub=PullSub(batch_size=BATCH), stream=stream)
        self.durable = durable
        self.database = database
        self.keeping = keeping
        self.most = FIRST_BATCH

    async def _create_subscription(self) -> None:
        if not self.subscription:
            await insist(partial(ensure_durable, self.jetstream, self.durable))
            pull = Pull(self.connection, self.durable.stream, self.durable.name)
            await pull.open()
            self.subscription = pull  # type: ignore[assignment]
            self.add_task(self._work, func_args=(pull,))

    async def _work(self, pull: Pull) -> None:
        while self.running:
            messages = await self._fetch(pull)
            began = time.monotonic()
            async with holding(messages):
                for together in apart(messages):
                    if self.running:
                        await self.handle(together)
            self.most = next_most(len(messages), time.monotonic() - began)
            if self.running:
                pull.hand = []

    async def stop(self) -> None:
        """Take nothing more; finish what is in hand if that is soon done, else give it back untouched."""
        self.running = False
        pull: Any = self.subscription
        tasks = list(self.tasks)
        if tasks and pull is not None and pull.hand:
            await asyncio.wait(tasks, timeout=FINISH_SECONDS)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=ROLLBACK_SECONDS)
        await super().stop()

    async def _fetch(self, pull: Pull) -> list[Msg]:
        part = f"pulling of {self.durable.name}"
        try:
            found = await pull.take(self.most)
        except NatsError as error:
            HINDRANCES.met(part, error)
            await asyncio.sleep(BROKER_DOWN_SECONDS)
            if isinstance(error, ServiceUnavailableError):
                await self._mend()
            return []
        HINDRANCES.past(part)
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
            if not self.running:
                return  # given back
            waited += 1
            await self._wait(waited)
        if error is None:
            HINDRANCES.past(self.durable.name)
            await self._acknowledge(messages)
        elif len(messages) == 1:
            await self._settle(messages[0], error)
        else:
            for message in messages:
                if self.running:
                    await self.handle([message])

    async def _try(self, messages: Sequence[Msg]) -> Exception | None:
        followed = ((message.headers or {}).get("traceparent") for message in messages)
        try:
            with tracing.span(f"receive {self.durable.name}", "consumer", after=followed) as span:
                span.attributes |= {
                    "messaging.system": "nats",
                    "messaging.batch.message_count": len(messages),
                }
                async with self.database.turns:
                    with HANDLER_SECONDS.labels(self.durable.name).time():
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

    async def _wait(self, waited: int) -> None:
        HINDRANCES.met(self.durable.name, "the database is away")
        longest = min(LONGEST_WAIT_SECONDS, LOOK_AGAIN_SECONDS)
        await asyncio.sleep(min(OUTAGE.delay(waited, random.random()), longest))  # noqa: S311

    async def _acknowledge(self, messages: Sequence[Msg]) -> None:
        now = self.database.clock().timestamp()
        for message in messages:
            EVENTS_HANDLED.labels(self.durable.name, "done").inc()
            delay = now - envelopes.happened_at(message.headers or {}, now)
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


@contextlib.asynccontextmanager
async def holding(messages: Sequence[Msg]) -> AsyncIterator[None]:
    """Tell the broker again and again that these are in hand, so that it gives them to nobody else."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(LONGEST_WAIT_SECONDS)
            for message in messages:
                if not message.is_acked:
                    with contextlib.suppress(NatsError):
                        await message.in_progress()

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()


def next_most(handled: int, seconds: float) -> int:
    """How many to take at once, after that many took that long."""
    if not handled:
        return FIRST_BATCH
    return max(1, min(BATCH, round(handled * BATCH_SECONDS / max(seconds, 0.001))))


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
