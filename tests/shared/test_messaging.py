"""Handlers see every event once, in batches; a poison message hurts only itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from nats.aio.client import Client
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from shared import dead_letters
from shared.backbone import audit, inbox
from shared.consuming import apart
from shared.db import Database
from shared.errors import Refused
from shared.events import StoryPublished
from shared.messaging import Handlers, Tx, make_broker, subscribe
from shared.streams import Durable, connect, ensure_streams
from tests.shared.given import NOW, relay_pass, story, until

DURABLE = Durable("coaching", StoryPublished).name


class World:
    """A consumer of stories whose handler does what a test wants."""

    def __init__(self, database: Database, client: Client) -> None:
        self.database = database
        self.client = client
        self.seen: list[StoryPublished] = []
        self.before: Callable[[StoryPublished], None] = lambda _: None
        self.within: Callable[[Tx], Awaitable[None]] | None = None
        self.events = Handlers("coaching")

        @self.events.on(StoryPublished)
        async def on_story_published(event: StoryPublished, tx: Tx) -> None:
            self.before(event)
            if self.within:
                await self.within(tx)
            await tx.audit("test", "handled", event.story, {"cause": tx.origin.causation_id})
            self.seen.append(event)

    async def emit(self, *events: StoryPublished) -> None:
        async with self.database.transaction() as tx:
            for event in events:
                tx.emit(event)
        while await relay_pass(self.database, self.client):
            pass

    async def publish_as(self, event_id: str) -> None:
        headers = {"ce-id": event_id, "ce-type": StoryPublished.type_name()}
        body = story().model_dump_json().encode()
        await self.client.jetstream().publish(story().subject, body, headers=headers)

    async def handled(self) -> list[str]:
        async with self.database.transaction() as tx:
            rows = await tx.all(select(audit.c.subject).where(audit.c.action == "handled"))
        return sorted(row["subject"] for row in rows)

    async def letters(self) -> list[str]:
        async with self.database.transaction() as tx:
            return [row["reason"] for row in await dead_letters.list_letters(tx)]

    async def at_rest(self) -> bool:
        info = await self.client.jetstream().consumer_info("PUBLIC", DURABLE)
        return info.num_pending == 0 and info.num_ack_pending == 0


@pytest.fixture
async def world(database: Database, nats_url: str) -> AsyncIterator[World]:
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    await client.jetstream().purge_stream("PUBLIC")
    made = World(database, client)
    broker = make_broker(nats_url, "coaching")
    subscribe(broker, made.events, database)
    await broker.start()
    yield made
    await broker.stop()
    await client.jetstream().delete_consumer("PUBLIC", DURABLE)
    await client.close()


async def test_an_event_is_handled_once_however_often_it_comes(world: World) -> None:
    for _ in range(3):
        await world.publish_as("same")
    await until(world.at_rest)
    assert await world.handled() == ["s1"]


async def test_many_events_are_handled_in_few_transactions_and_none_is_lost(world: World) -> None:
    await world.emit(*(story(f"s{number:03}") for number in range(400)))
    await until(world.at_rest)
    assert await world.handled() == [f"s{number:03}" for number in range(400)]


async def test_the_origin_of_an_event_is_passed_on(world: World) -> None:
    await world.emit(story())
    await until(world.at_rest)
    async with world.database.transaction() as tx:
        cause = await tx.value(select(audit.c.detail).where(audit.c.action == "handled"))
        seen = await tx.value(select(inbox.c.event_id))
    assert cause == {"cause": seen}


async def test_a_poison_message_is_put_aside_and_the_others_are_handled(world: World) -> None:
    headers = {"ce-id": "poison", "ce-type": StoryPublished.type_name()}
    await world.emit(*(story(f"s{number}") for number in range(5)))
    await world.client.jetstream().publish(story("bad").subject, b'{"story": "bad"}', headers=headers)
    await world.emit(*(story(f"s{number}") for number in range(5, 10)))
    await until(world.at_rest)
    assert await world.handled() == sorted(f"s{number}" for number in range(10))
    assert len(await world.letters()) == 1


async def test_an_event_of_an_unknown_version_is_put_aside_with_its_reason(world: World) -> None:
    headers = {"ce-id": "future", "ce-type": "latu.campaign.story_published.v9"}
    await world.client.jetstream().publish(
        story().subject, story().model_dump_json().encode(), headers=headers
    )
    await until(world.at_rest)
    assert await world.letters() == ["refused: unknown_version"]
    assert await world.handled() == []


async def test_a_message_that_is_no_event_at_all_is_put_aside(world: World) -> None:
    await world.client.jetstream().publish(story().subject, b"\xff\x00 no event")
    await until(world.at_rest)
    assert await world.letters() == ["refused: unknown_version"]


async def test_a_passing_fault_is_tried_again_and_leaves_nothing_half_done(world: World) -> None:
    faults = [OSError(), KeyError()]

    def fail(_: StoryPublished) -> None:
        if faults:
            raise faults.pop()

    world.before = fail
    await world.emit(story())
    await until(world.at_rest)
    assert await world.handled() == ["s1"]
    assert await world.letters() == []


async def test_a_refused_event_can_be_redriven_after_the_cause_is_mended(world: World) -> None:
    def refuse(_: StoryPublished) -> None:
        raise Refused("not_yet", "Not yet.")

    world.before = refuse
    await world.emit(story())
    await until(world.at_rest)
    assert await world.letters() == ["refused: not_yet"]
    world.before = lambda _: None
    async with world.database.transaction() as tx:
        await dead_letters.redrive(tx, world.events, dead_letters.Chosen(), "latu")
    assert await world.handled() == ["s1"]
    assert await world.letters() == []


@pytest.mark.parametrize("status", ["waiting", "discarded"])
async def test_what_was_put_aside_is_not_handled_though_it_comes_again(world: World, status: str) -> None:
    def refuse(_: StoryPublished) -> None:
        raise Refused("not_yet", "Not yet.")

    world.before = refuse
    await world.publish_as("same")
    await until(world.at_rest)
    if status == "discarded":
        async with world.database.transaction() as tx:
            await dead_letters.discard(tx, dead_letters.Chosen(), "latu", "a test")
    world.before = lambda _: None
    await world.publish_as("same")
    await until(world.at_rest)
    assert await world.handled() == []
    async with world.database.transaction() as tx:
        assert [row["tries"] for row in await dead_letters.list_letters(tx, status)] == [1]


async def test_an_event_already_in_the_inbox_is_not_handled_again(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(insert(inbox).values(handler=DURABLE, event_id="known", received_at=NOW))
    await world.publish_as("known")
    await until(world.at_rest)
    assert await world.handled() == []


async def test_while_the_database_is_down_messages_wait_and_none_of_their_tries_is_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consuming.LONGEST_WAIT_SECONDS", 0.02)
    outage = OperationalError("SELECT", {}, Exception())
    faults = [outage] * 50

    def fail(_: StoryPublished) -> None:
        if faults:
            raise faults.pop()

    world.before = fail
    await world.emit(*(story(f"s{number}") for number in range(3)))
    await until(world.at_rest, 20)
    assert await world.handled() == ["s0", "s1", "s2"]
    assert await world.letters() == []
    info = await world.client.jetstream().consumer_info("PUBLIC", DURABLE)
    assert info.delivered is not None
    assert info.delivered.consumer_seq == 3  # each was delivered once


async def test_a_broker_that_lost_its_consumer_is_given_it_again(world: World) -> None:
    await world.client.jetstream().delete_consumer("PUBLIC", DURABLE)
    await world.emit(story())

    async def handled() -> bool:
        return await world.handled() == ["s1"]

    await until(handled)


def test_what_came_back_again_and_again_is_handled_alone() -> None:
    batches = batches_of(1, 5, 2, 3)
    assert batches[0] == [1, 2]
    assert sorted(batches[1:]) == [[3], [5]]


def test_no_message_stays_behind_the_same_other_each_time() -> None:
    orders = [[place for (place,) in apart_by_place(deliveries, 6)] for deliveries in range(4, 24)]
    for there, back in zip(orders[::2], orders[1::2], strict=True):
        assert back == there[::-1]
    assert len({order[0] for order in orders}) == 6


def message(deliveries: int, place: int = 1) -> Any:
    sequence = SimpleNamespace(stream=place)
    return SimpleNamespace(metadata=SimpleNamespace(num_delivered=deliveries, sequence=sequence))


def batches_of(*deliveries: int) -> list[list[int]]:
    found = apart([message(times) for times in deliveries])
    return [[one.metadata.num_delivered for one in batch] for batch in found]


def apart_by_place(deliveries: int, messages: int) -> list[list[int]]:
    found = apart([message(deliveries, place) for place in range(1, messages + 1)])
    return [[one.metadata.sequence.stream for one in batch] for batch in found]


def test_an_event_has_one_handler_in_a_service() -> None:
    events = Handlers("coaching")

    @events.on(StoryPublished)
    async def on_story_published(event: StoryPublished, tx: Tx) -> None: ...

    with pytest.raises(ValueError, match="already has a handler"):
        events.on(StoryPublished)(on_story_published)
