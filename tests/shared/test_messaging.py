"""Handlers see every event once, in batches; a poison message hurts only itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from nats.aio.client import Client
from sqlalchemy import insert, select

from shared import dead_letters
from shared.backbone import audit, inbox
from shared.db import Database
from shared.errors import NotFound, Refused
from shared.events import StoryPublished
from shared.messaging import Handlers, Tx, make_broker, subscribe
from shared.outbox import relay_once
from shared.streams import Durable, connect, ensure_streams
from tests.shared.given import NOW, story, until

DURABLE = Durable("coaching", StoryPublished).name


class World:
    """A consumer of stories whose handler does what a test wants."""

    def __init__(self, database: Database, client: Client) -> None:
        self.database = database
        self.client = client
        self.seen: list[StoryPublished] = []
        self.before: Callable[[StoryPublished], None] = lambda _: None
        self.events = Handlers("coaching")

        @self.events.on(StoryPublished)
        async def on_story_published(event: StoryPublished, tx: Tx) -> None:
            self.before(event)
            await tx.audit("test", "handled", event.story, {"cause": tx.origin.causation_id})
            self.seen.append(event)

    async def emit(self, *events: StoryPublished) -> None:
        async with self.database.transaction() as tx:
            for event in events:
                tx.emit(event)
        while await relay_once(self.database, self.client, "campaign"):
            pass

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
    headers = {"ce-id": "same", "ce-type": StoryPublished.type_name()}
    for _ in range(3):
        await world.client.jetstream().publish(
            story().subject, story().model_dump_json().encode(), headers=headers
        )
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
        letter = (await dead_letters.list_letters(tx))[0]
        await dead_letters.redrive(tx, world.events, letter["handler"], letter["event_id"], "latu")
    assert await world.handled() == ["s1"]
    assert await world.letters() == []


async def test_a_redrive_that_fails_again_leaves_the_letter_where_it_was(world: World) -> None:
    def refuse(_: StoryPublished) -> None:
        raise Refused("not_yet", "Not yet.")

    world.before = refuse
    await world.emit(story())
    await until(world.at_rest)
    with pytest.raises(Refused):
        async with world.database.transaction() as tx:
            letter = (await dead_letters.list_letters(tx))[0]
            await dead_letters.redrive(tx, world.events, letter["handler"], letter["event_id"], "latu")
    assert await world.letters() == ["refused: not_yet"]


async def test_a_discarded_letter_keeps_no_text_but_its_reason_is_audited(world: World) -> None:
    headers = {"ce-id": "poison", "ce-type": StoryPublished.type_name()}
    await world.client.jetstream().publish(story("bad").subject, b'{"text": "private"}', headers=headers)
    await until(world.at_rest)
    async with world.database.transaction() as tx:
        await dead_letters.discard(tx, DURABLE, "poison", "latu", "a test message")
    async with world.database.transaction() as tx:
        row = await tx.first(select(dead_letters.dead_letters))
        reason = await tx.value(select(audit.c.detail).where(audit.c.action == "dead_letter_discarded"))
    assert row is not None
    assert (row["status"], row["body"]) == ("discarded", "")
    assert reason == {"reason": "a test message"}


async def test_a_letter_that_does_not_wait_cannot_be_decided(world: World) -> None:
    async with world.database.transaction() as tx:
        with pytest.raises(NotFound):
            await dead_letters.discard(tx, DURABLE, "nothing", "latu", "")


async def test_an_event_already_in_the_inbox_is_not_handled_again(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(insert(inbox).values(handler=DURABLE, event_id="known", received_at=NOW))
    headers = {"ce-id": "known", "ce-type": StoryPublished.type_name()}
    await world.client.jetstream().publish(
        story().subject, story().model_dump_json().encode(), headers=headers
    )
    await until(world.at_rest)
    assert await world.handled() == []


def test_an_event_has_one_handler_in_a_service() -> None:
    events = Handlers("coaching")

    @events.on(StoryPublished)
    async def on_story_published(event: StoryPublished, tx: Tx) -> None: ...

    with pytest.raises(ValueError, match="already has a handler"):
        events.on(StoryPublished)(on_story_published)
