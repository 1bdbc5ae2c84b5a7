"""Following a stream: everything once and in order, through outages, and into a stream that was made anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from nats.aio.client import Client
from sqlalchemy import text

from shared import following as following_
from shared import reading
from shared.db import Database, Transaction
from shared.following import Follower, Heard, Place, run_follower
from shared.pulling import PULL_BYTES
from shared.reading import Span
from shared.streams import connect, ensure_streams

WAIT_SECONDS = 20


class Kept:
    """Keeps bodies in memory, and can be told to fail."""

    def __init__(self) -> None:
        self.place = Place("", 0)
        self.bodies: list[str] = []
        self.sizes: list[int] = []
        self.fails = 0

    async def load(self, tx: Transaction) -> Place:
        await tx.execute(text("SELECT 1"))
        return self.place

    async def keep(self, tx: Transaction, heard: Sequence[Heard]) -> None:
        await tx.execute(text("SELECT 1"))
        if self.fails:
            self.fails -= 1
            raise OSError("no disk")
        self.place = heard[-1].place
        self.sizes.append(sum(len(one.body) for one in heard))
        self.bodies += [one.body.decode() for one in heard if one.body.decode() not in self.bodies]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while len(self.bodies) < count:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def following(database: Database, url: str, kept: Kept) -> AsyncIterator[Client]:
    """A follower at work on the stream PUBLIC."""
    await ensure_streams(url)
    client = await connect(url, "test")
    follower = Follower("PUBLIC", "latu.public.>", kept.load, kept.keep)
    work = asyncio.create_task(run_follower(database, client, follower))
    try:
        yield client
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await client.close()


async def publish(client: Client, *bodies: str) -> None:
    for body in bodies:
        await client.jetstream().publish(f"latu.public.test.said.v1.{body}", body.encode())


async def test_what_was_there_and_what_comes_is_kept_in_order(database: Database, nats_url: str) -> None:
    await ensure_streams(nats_url)
    early = await connect(nats_url, "early")
    await publish(early, *(f"a{n}" for n in range(300)))
    await early.close()
    kept = Kept()
    async with following(database, nats_url, kept) as client:
        await kept.until(300)
        await publish(client, "b")
        await kept.until(301)
    assert kept.bodies == [*(f"a{n}" for n in range(300)), "b"]
    assert kept.place.sequence == 301


async def test_it_goes_on_a_little_before_its_place(
    database: Database, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following_, "OVERLAP", 1)
    kept = Kept()
    async with following(database, nats_url, kept) as client:
        await publish(client, "a", "b")
        await kept.until(2)
    kept.bodies.clear()
    async with following(database, nats_url, kept) as client:
        await publish(client, "c")
        await kept.until(2)
    assert kept.bodies == ["b", "c"]


async def test_a_consumer_that_stands_still_is_left(database: Database, nats_url: str) -> None:
    kept = Kept()
    async with following(database, nats_url, kept) as client:
        await publish(client, "a")
        await kept.until(1)
        (consumer,) = await client.jetstream().consumers_info("PUBLIC")
        until = json.dumps({"pause_until": "2099-01-01T00:00:00Z"}).encode()
        await client.request(f"$JS.API.CONSUMER.PAUSE.PUBLIC.{consumer.name}", until)
        await publish(client, "b")
        await kept.until(2)
    assert kept.bodies == ["a", "b"]


async def test_a_batch_that_was_not_kept_comes_again(database: Database, nats_url: str) -> None:
    kept = Kept()
    kept.fails = 2
    async with following(database, nats_url, kept) as client:
        await publish(client, "a", "b", "c")
        await kept.until(3)
    assert kept.bodies == ["a", "b", "c"]


async def test_a_stream_that_was_made_anew_is_read_from_its_start(database: Database, nats_url: str) -> None:
    """A broker that lost its disk counts from one again, whatever place is kept."""
    kept = Kept()
    async with following(database, nats_url, kept) as client:
        await publish(client, "a", "b", "c")
        await kept.until(3)
        await client.jetstream().delete_stream("PUBLIC")
        await ensure_streams(nats_url)
        await publish(client, "b", "d")
        await kept.until(4)
    assert kept.bodies == ["a", "b", "c", "d"]
    assert kept.place.sequence == 2


async def test_large_messages_are_taken_a_few_at_a_time(database: Database, nats_url: str) -> None:
    await ensure_streams(nats_url)
    early = await connect(nats_url, "early")
    for number in range(6):
        body = f"{number}".encode() * 2_000_000
        await early.jetstream().publish(f"latu.public.test.said.v1.{number}", body)
    span = Span("PUBLIC", ("latu.public.>",), 1, 6)
    read = [sum(len(one.data) for one in batch) async for batch in reading.read(early.jetstream(), span)]
    await early.close()
    kept = Kept()
    async with following(database, nats_url, kept):
        await kept.until(6)
    for sizes in (kept.sizes, read):
        assert sum(sizes) == 12_000_000
        assert max(sizes) <= PULL_BYTES
