"""A consumer that is slow or told to end finishes what it has in hand, or gives it back; nothing twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from sqlalchemy import select

from shared import consuming
from shared.backbone import audit
from shared.consuming import EventSubscriber, next_most
from shared.db import Database
from shared.events import StoryPublished
from shared.messaging import Handlers, Tx, make_broker, subscribe
from shared.pulling import PULL_BYTES, Pull
from shared.streams import Durable, ensure_durable
from tests.shared.given import story, until

DURABLE = Durable("coaching", StoryPublished)


@pytest.fixture
async def database(fresh_database) -> AsyncIterator[Database]:
    made = Database(await fresh_database("coaching"), connections=6)
    yield made
    await made.close()


async def tell(client: Client, stories: int, text: str = "Kokemus") -> None:
    for number in range(stories):
        event = story(f"s{number:03}", text=text)
        headers = {"ce-id": f"id-{number}", "ce-type": event.type_name(), "ce-revision": "1"}
        body = event.model_dump_json().encode()
        await client.jetstream().publish(event.subject, body, headers=headers)


def handlers(seconds: float, who: str) -> Handlers:
    events = Handlers("coaching")

    @events.on(StoryPublished)
    async def on_story_published(event: StoryPublished, tx: Tx) -> None:
        await tx.audit(who, "handled", event.story)
        await asyncio.sleep(seconds)

    return events


async def handled(database: Database, who: str | None = None) -> list[str]:
    query = select(audit.c.subject).where(audit.c.action == "handled")
    async with database.transaction() as tx:
        return sorted(
            row["subject"] for row in await tx.all(query.where(audit.c.actor == who) if who else query)
        )


async def test_a_slow_handler_keeps_what_it_holds_and_handles_nothing_twice(
    database: Database, client: Client, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.streams.ACK_WAIT_SECONDS", 1.0)
    monkeypatch.setattr(consuming, "LONGEST_WAIT_SECONDS", 0.3)
    await tell(client, 20)
    broker = make_broker(nats_url, "coaching")
    subscribe(broker, handlers(0.2, "one"), database)
    await broker.start()

    async def all_handled() -> bool:
        return len(await handled(database)) == 20

    await until(all_handled, 40)
    await broker.stop()
    info = await client.jetstream().consumer_info("PUBLIC", DURABLE.name)
    assert info.delivered is not None
    assert (
        info.delivered.consumer_seq == 20
    )  # none was delivered again, though a batch took four times its wait
    assert await handled(database) == [f"s{number:03}" for number in range(20)]


async def test_what_a_consumer_cannot_finish_another_one_gets_at_once(
    database: Database, client: Client, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consuming, "FINISH_SECONDS", 0.5)
    await tell(client, 5)
    one, two = make_broker(nats_url, "coaching"), make_broker(nats_url, "coaching")
    subscribe(one, handlers(60, "one"), database)
    await one.start()
    await asyncio.sleep(1)
    subscribe(two, handlers(0, "two"), database)
    await two.start()
    began = time.monotonic()
    await one.stop()

    async def all_handled() -> bool:
        return len(await handled(database)) == 5

    await until(all_handled, 15)
    assert time.monotonic() - began < 10  # and not after the 30 s of a consumer that died
    assert await handled(database, "two") == [f"s{number:03}" for number in range(5)]
    await two.stop()


async def test_what_is_soon_done_is_finished(database: Database, client: Client, nats_url: str) -> None:
    await tell(client, 3)
    broker = make_broker(nats_url, "coaching")
    subscribe(broker, handlers(0.5, "one"), database)
    await broker.start()
    await asyncio.sleep(0.5)
    await broker.stop()
    assert len(await handled(database, "one")) == 3
    info = await client.jetstream().consumer_info("PUBLIC", DURABLE.name)
    assert info.num_ack_pending == info.num_pending == 0


async def test_a_pull_is_bounded_by_bytes(client: Client) -> None:
    await ensure_durable(client.jetstream(), DURABLE)
    for number in range(12):
        await client.jetstream().publish(story(f"s{number}").subject, b"x" * 3_000_000)
    pull = Pull(client, DURABLE.stream, DURABLE.name)
    await pull.open()
    sizes = []
    while sum(sizes) < 12:
        taken = await pull.take(256)
        assert 0 < sum(len(message.data) for message in taken) <= PULL_BYTES
        sizes.append(len(taken))
        for message in taken:
            await message.ack()
    assert sizes == [2] * 6
    await pull.unsubscribe()


def test_a_slow_handler_takes_few_and_a_quick_one_many() -> None:
    assert next_most(32, 16.0) == 4
    assert next_most(1, 60.0) == 1
    assert next_most(32, 0.05) == consuming.BATCH
    assert "most" in EventSubscriber.__slots__
