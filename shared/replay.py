"""Replaying: events of the streams go again through the handlers, which changes nothing that is right."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared import dead_letters, envelopes, inbox, reading
from shared.db import Database, Transaction
from shared.dead_letters import Letter
from shared.messaging import Handlers
from shared.reading import Span
from shared.retries import CONTENTION, OUTAGE, describe, policy_for
from shared.streams import Durable

PART = 2_000


@dataclass
class Replayed:
    """What one part came to: `events` by name, of them `failed` by reason; `skipped` are dead letters.

    `next` is the sequence to go on from, None at the end; `until` is where the whole replay ends.
    """

    until: int
    next: int | None = None
    events: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    skipped: int = 0


@dataclass(frozen=True)
class Asked:
    """From where in which stream to replay; `until` is the present end when it is None."""

    stream: str
    start: int | datetime
    until: int | None = None
    dry_run: bool = False


class Replay:
    """One part of a replay in one service."""

    def __init__(self, database: Database, js: JetStreamContext, handlers: Handlers) -> None:
        self.database = database
        self.js = js
        self.handlers = handlers
        self.by_root = {root: one for one in handlers.durables() for root in one.event.roots()}

    async def run(self, asked: Asked) -> Replayed:
        """Replay up to 2,000 events, whether or not the inbox knows them.

        An event that fails becomes a dead letter; what is one already is left to whoever decides over it.

        Raises:
            Refused: the broker does not answer.
        """
        until = asked.until if asked.until is not None else await reading.last_sequence(self.js, asked.stream)
        done = Replayed(until)
        roots = [root for root, durable in self.by_root.items() if durable.stream == asked.stream]
        if not roots:
            return done
        span = Span(asked.stream, tuple(f"{root}.*" for root in roots), asked.start, until)
        async with aclosing(reading.read(self.js, span)) as batches:
            async for messages in batches:
                await self._batch(messages, done, dry_run=asked.dry_run)
                if done.events.total() + done.skipped >= PART:
                    done.next = reading.sequence(messages[-1]) + 1
                    break
        return done

    async def _batch(self, messages: Sequence[Msg], done: Replayed, *, dry_run: bool) -> None:
        async with self.database.transaction() as tx:
            dead = await dead_letters.list_undecided(tx, [_id(message) for message in messages])
        wanted = [message for message in messages if _id(message) not in dead]
        done.skipped += len(messages) - len(wanted)
        done.events.update(self._durable(message).event.__name__ for message in wanted)
        if not dry_run and wanted and await self._try(wanted):
            for message in wanted:
                await self._alone(message, done)

    async def _try(self, messages: Sequence[Msg]) -> Exception | None:
        """All in one transaction; gives what hindered it."""
        try:
            async with self.database.transaction() as tx:
                await self._within(tx, messages)
        except Exception as error:  # noqa: BLE001 - each is tried alone after this, and judged then
            return error
        return None

    async def _alone(self, message: Msg, done: Replayed) -> None:
        tries = 1
        while (error := await self._try([message])) and policy_for(error) is CONTENTION:
            if tries >= CONTENTION.tries:
                raise error
            await asyncio.sleep(CONTENTION.delay(tries, random.random()))  # noqa: S311
            tries += 1
        if error is None:
            return
        if policy_for(error) is OUTAGE:
            raise error
        done.failed[describe(error)] += 1
        letter = Letter.of(self._durable(message), message.headers or {}, message.subject, message.data)
        async with self.database.transaction() as tx:
            await dead_letters.save(tx, letter, describe(error), 1)

    async def _within(self, tx: Transaction, messages: Sequence[Msg]) -> None:
        seen: dict[str, list[str]] = {}
        for message in messages:
            seen.setdefault(self._durable(message).name, []).append(_id(message))
        # Before the handlers, as a consumer does: in another order the two would wait for each other.
        for name, ids in sorted(seen.items()):
            await inbox.first_times(tx, name, ids)
        for message in messages:
            durable, headers = self._durable(message), message.headers or {}
            event = envelopes.read(durable.event, headers, message.data)
            if event is None:
                continue
            with tx.on_behalf_of(envelopes.origin(headers, _id(message)), f"replay {durable.name}"):
                await self.handlers.by_event[durable.event](event, tx)

    def _durable(self, message: Msg) -> Durable:
        return self.by_root[message.subject.rsplit(".", 1)[0]]


def _id(message: Msg) -> str:
    return envelopes.event_id(message.headers or {}, message.subject, message.data)
