"""What the broker gives up on becomes a dead letter of the service it was for, on the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from sqlalchemy import insert

from shared import dead_letters
from shared.backbone import inbox
from shared.db import Database
from shared.dead_letters import Chosen
from shared.events import PracticePublished, StoryPublished
from shared.given_up import consumer_name, run_given_up
from shared.messaging import Handlers, Tx
from shared.streams import Durable, connect, ensure_durable, ensure_streams
from tests.shared.given import NOW, relay_pass, story, until

OURS = Durable("coaching", StoryPublished)
THEIRS = Durable("survey", StoryPublished)
WAIT_SECONDS = 0.3

events = Handlers("coaching")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    await tx.audit("test", "handled", event.story)


@events.on(PracticePublished)
async def on_practice_published(event: PracticePublished, tx: Tx) -> None: ...


@pytest.fixture
async def js(
    nats_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[JetStreamContext]:
    """Two durables that give up after two deliveries, and the task that listens to that."""
    monkeypatch.setattr("shared.streams.MAX_DELIVER", 2)
    monkeypatch.setattr("shared.streams.ACK_WAIT_SECONDS", WAIT_SECONDS)
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    for durable in (OURS, THEIRS):
        await ensure_durable(client.jetstream(), durable)
    listening = asyncio.create_task(run_given_up(database, client, events))
    yield client.jetstream()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await client.close()


async def tell(database: Database, js: JetStreamContext, *told: StoryPublished) -> None:
    async with database.transaction() as tx:
        for event in told:
            tx.emit(event)
    client: Client = js._nc
    while await relay_pass(database, client):
        pass


async def take(js: JetStreamContext, durable: Durable) -> list[Msg]:
    """Messages as a process gets them that dies with them, before it could settle any."""
    pull = await js.pull_subscribe_bind(durable.name, durable.stream)
    with suppress(TimeoutError):
        return list(await pull.fetch(10, timeout=1))
    return []


async def die_until_given_up(js: JetStreamContext, durable: Durable) -> None:
    async with asyncio.timeout(20):
        while True:
            await take(js, durable)
            info = await js.consumer_info(durable.stream, durable.name)
            if info.num_pending == info.num_ack_pending == 0:
                return
            await asyncio.sleep(WAIT_SECONDS)


async def letters(database: Database) -> dict[str, str]:
    async with database.transaction() as tx:
        return {row["key"]: row["reason"] for row in await dead_letters.list_letters(tx)}


async def listened(js: JetStreamContext) -> bool:
    info = await js.consumer_info("ADVISORIES", consumer_name("coaching"))
    return info.num_pending == info.num_ack_pending == 0


async def test_a_message_that_ends_every_process_becomes_a_letter_with_its_payload(
    database: Database, js: JetStreamContext
) -> None:
    await tell(database, js, story("s1"), story("s2"))
    await die_until_given_up(js, OURS)

    async def kept() -> bool:
        return len(await letters(database)) == 2

    await until(kept)
    assert set((await letters(database)).values()) == {"given up by the broker: never settled"}
    async with database.transaction() as tx:
        (found, *_) = await dead_letters.list_letters(tx)
        whole = await dead_letters.load_letter(tx, found["event_id"], "operator")
        assert (whole["handler"], whole["tries"]) == (OURS.name, 2)
        assert StoryPublished.model_validate_json(whole["body"]).story == found["key"]
        assert (await dead_letters.redrive(tx, events, Chosen(), "operator")).handled == 2
    assert await letters(database) == {}


async def test_a_message_that_somebody_terminated_becomes_a_letter(
    database: Database, js: JetStreamContext
) -> None:
    await tell(database, js, story("s1"), story("s2"))
    first, second = await take(js, OURS)
    await first.term()
    await second.ack()

    async def kept() -> bool:
        return await letters(database) == {"s1": "terminated at the broker"}

    await until(kept)


async def test_what_another_service_could_not_handle_is_not_ours(
    database: Database, js: JetStreamContext
) -> None:
    await tell(database, js, story("s1"))
    await die_until_given_up(js, THEIRS)
    (message,) = await take(js, OURS)
    await message.term()

    async def told() -> bool:
        return len(await letters(database)) == 1

    await until(told)
    async with database.transaction() as tx:
        assert [row["handler"] for row in await dead_letters.list_letters(tx)] == [OURS.name]
    assert (await js.stream_info("ADVISORIES")).state.messages == 2


async def test_a_message_that_was_handled_after_all_is_no_letter(
    database: Database, js: JetStreamContext
) -> None:
    await tell(database, js, story("s1"), story("s2"))
    handled, other = await take(js, OURS)
    async with database.transaction() as tx:
        seen = {"handler": OURS.name, "event_id": (handled.headers or {})["ce-id"], "received_at": NOW}
        await tx.execute(insert(inbox).values(seen))
    await handled.term()
    await other.term()

    async def kept() -> bool:
        return "s2" in await letters(database) and await listened(js)

    await until(kept)
    assert list(await letters(database)) == ["s2"]


async def test_what_was_withdrawn_meanwhile_is_no_letter(database: Database, js: JetStreamContext) -> None:
    await tell(database, js, story("s1"), story("s2"))
    gone, other = await take(js, OURS)
    await js.purge_stream("PUBLIC", subject=gone.subject)
    await gone.term()
    await other.term()

    async def kept() -> bool:
        return "s2" in await letters(database) and await listened(js)

    await until(kept)
    assert list(await letters(database)) == ["s2"]
