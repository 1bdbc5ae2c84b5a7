"""A broker that comes back with an empty disk: everything mends itself, and the outbox fills it again."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from nats.aio.client import Client
from sqlalchemy import select

from deploy.embedded.binaries import nats_server
from shared.backbone import audit, outbox, purges
from shared.db import Database
from shared.events import StoryPublished, StoryWithdrawn
from shared.given_up import run_given_up
from shared.messaging import Handlers, Tx, make_broker, subscribe
from shared.outbox import run_relay
from shared.republishing import republish
from shared.streams import connect, ensure_streams
from tests.shared.given import NOW, story, until

events = Handlers("coaching")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    await tx.audit("test", "handled", event.story)


class Broker:
    """A server of our own, which can lose everything it has."""

    def __init__(self, store: Path) -> None:
        self.store = store
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        arguments = [
            str(nats_server()),
            "-a",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-js",
            "-sd",
            str(self.store),
        ]
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def lose_everything(self) -> None:
        self.stop()
        shutil.rmtree(self.store)
        self.start()


class Place:
    """A publisher and a consumer, each with its own database, and the broker between them."""

    def __init__(self, publisher: Database, consumer: Database, broker: Broker, client: Client) -> None:
        self.publisher = publisher
        self.consumer = consumer
        self.broker = broker
        self.client = client

    async def tell(self, *told: StoryPublished) -> None:
        async with self.publisher.transaction() as tx:
            for event in told:
                tx.emit(event)

    async def handled(self) -> list[str]:
        async with self.consumer.transaction() as tx:
            rows = await tx.all(select(audit.c.subject).where(audit.c.action == "handled"))
        return sorted(row["subject"] for row in rows)

    async def in_stream(self) -> int:
        with suppress(Exception):
            return int((await self.client.jetstream().stream_info("PUBLIC")).state.messages)
        return -1


@pytest.fixture
async def place(tmp_path: Path, fresh_database) -> AsyncIterator[Place]:
    broker = Broker(tmp_path / "store")
    await ensure_streams(broker.url)
    client = await connect(broker.url, "test")
    publisher, consumer = (
        Database(await fresh_database("campaign")),
        Database(await fresh_database("coaching")),
    )
    listener = make_broker(broker.url, "coaching")
    subscribe(listener, events, consumer)
    await listener.start()
    work = [
        asyncio.create_task(run_relay(publisher, client, "campaign")),
        asyncio.create_task(run_given_up(consumer, client, events)),
    ]
    yield Place(publisher, consumer, broker, client)
    await listener.stop()
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await client.close()
    await publisher.close()
    await consumer.close()
    broker.stop()


async def test_a_broker_that_lost_its_disk_is_filled_again_and_nothing_happens_twice(place: Place) -> None:
    await place.tell(*(story(f"s{number:02}") for number in range(40)))

    async def all_handled() -> bool:
        return len(await place.handled()) == 40

    await until(all_handled, 20)
    async with place.publisher.transaction() as tx:
        await tx.purge_key(StoryPublished, "s00")
        tx.emit(StoryWithdrawn(revision=2, occurred_at=NOW, story="s00"))

    async def withdrawn() -> bool:
        async with place.publisher.transaction() as tx:
            done = await tx.value(select(purges.c.done_at))
            waiting = await tx.all(select(outbox.c.id).where(outbox.c.published_at.is_(None)))
        return done is not None and not waiting

    await until(withdrawn)
    place.broker.lose_everything()
    await place.tell(story("after"))

    async def going_on() -> bool:
        return "after" in await place.handled()

    await until(going_on, 30)
    assert await place.in_stream() == 1
    async with place.publisher.transaction() as tx:
        assert (await republish(tx, "operator")).events == 41

    async def filled() -> bool:
        info = await place.client.jetstream().consumer_info("PUBLIC", events.durables()[0].name)
        return await place.in_stream() == 41 and info.num_pending == info.num_ack_pending == 0

    await until(filled, 20)
    assert await place.handled() == sorted(["after", *(f"s{number:02}" for number in range(40))])
    names = await place.client.jetstream().stream_info("PUBLIC", subjects_filter=f"{story('s00').subject}")
    assert not names.state.subjects
