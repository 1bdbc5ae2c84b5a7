"""Following a stream in its order: for who keeps its messages, and its own place in it, in one database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared import reading
from shared.db import Database, Transaction
from shared.passed_over import OVERLAP
from shared.reading import Span

log = logging.getLogger(__name__)

BATCH = 256
AGAIN_SECONDS = 0.5
NO_END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a follower is: `stream` says since when that stream exists, for a new one counts anew."""

    stream: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it lies in its stream: where, since when, and what it says."""

    place: Place
    at: datetime
    subject: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Follower:
    """Who follows which subjects of a stream.

    `load` tells after which place to go on, `keep` keeps a batch and the place of its last message in one
    transaction. What was kept can come again: after a stream was made anew, and from other replicas, which
    all follow. So `keep` knows messages by their ids.
    """

    stream: str
    subject: str
    load: Callable[[Transaction], Awaitable[Place]]
    keep: Callable[[Transaction, Sequence[Heard]], Awaitable[None]]


class Missed(Exception):
    """The broker sent something that did not arrive here."""


async def run_follower(database: Database, client: Client, follower: Follower) -> None:
    """Follow for ever: whatever fails, it goes on from the place that is kept."""
    while True:
        try:
            await follow(database, client.jetstream(), follower)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - broker or database is away, and readiness says so
            log.warning("following %s waits: %s", follower.stream, type(error).__name__)
        await asyncio.sleep(AGAIN_SECONDS)


async def follow(database: Database, js: JetStreamContext, follower: Follower) -> None:
    """Keep what comes, in the order of the stream, until something fails.

    A consumer that lives as long as this is enough: the place is kept by who keeps the messages, so nothing
    is acknowledged, and a database that was restored reads again what it does not have.
    """
    info = await js.stream_info(follower.stream)
    stream = info.created.isoformat() if info.created else ""
    async with database.transaction() as tx:
        place = await follower.load(tx)
    known = place.stream == stream and place.sequence <= info.state.last_seq
    # A broker that lost the end of a stream gives its sequences out once more (`passed_over`).
    again = max(1, place.sequence + 1 - OVERLAP)
    span = Span(follower.stream, (follower.subject,), again if known else 1, NO_END)
    consumer = await js.add_consumer(follower.stream, reading.consumer_config(span))
    pull = await reading.open_pull(js, follower.stream, consumer.name)
    try:
        number, kept = 0, place.sequence if known else 0
        while True:
            messages = await pull.take(BATCH) or await pull.take(BATCH)
            if not messages and await _newest(js, follower) > kept:
                raise Missed
            for message in messages:
                number += 1
                if message.metadata.sequence.consumer != number:
                    raise Missed
            if messages:
                async with database.transaction() as tx:
                    await follower.keep(tx, [_heard(stream, message) for message in messages])
                kept = reading.sequence(messages[-1])
    finally:
        await reading.close(js, pull)


async def _newest(js: JetStreamContext, follower: Follower) -> int:
    """The sequence of the newest message: a consumer can stand still that was made while a cluster began."""
    try:
        return (await js.get_last_msg(follower.stream, follower.subject)).seq or 0
    except NotFoundError:
        return 0


def _heard(stream: str, message: Msg) -> Heard:
    place = Place(stream, reading.sequence(message))
    return Heard(place, message.metadata.timestamp, message.subject, message.headers or {}, message.data)
