"""What a durable has settled and its handler never had is found and handled; all else is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from nats.aio.client import Client
from sqlalchemy import delete, func, select

from shared import passed_over
from shared.backbone import audit, dead_letters, inbox
from shared.db import Database
from shared.dead_letters import Letter, save
from shared.events import PracticePublished, StoryPublished
from shared.messaging import Handlers, Tx, make_broker, subscribe
from shared.observability import PASSED_OVER
from shared.passed_over import OVERLAP, Looked, look_back, start
from shared.streams import Durable, connect, ensure_durable, ensure_streams
from tests.shared.given import story, until

DURABLE = Durable("survey", StoryPublished)
events = Handlers("survey")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    if event.story.startswith("sick"):
        raise LookupError
    await tx.audit("test", "handled", event.story)


async def on_practice_published(event: PracticePublished, tx: Tx) -> None: ...


class Died(BaseException):
    """As a process that is killed: nothing after it is done."""


@dataclass
class Place:
    """A handler with its durable, whose messages anybody may settle."""

    database: Database
    client: Client

    async def tell(self, *keys: str) -> None:
        """Put events into the stream."""
        for key in keys:
            event = story(key)
            headers = {"ce-id": f"id-{key}", "ce-type": event.type_name(), "ce-revision": "1"}
            said = event.model_dump_json().encode()
            await self.client.jetstream().publish(event.subject, said, headers=headers)

    async def settle(self, most: int) -> None:
        """Acknowledge messages that no handler had: a durable that went on past them looks the same."""
        pull = await self.client.jetstream().pull_subscribe_bind(DURABLE.name, DURABLE.stream)
        for message in await pull.fetch(most):
            await message.ack_sync()
        await pull.unsubscribe()

    async def look(self) -> int:
        return await look_back(self.database, self.client.jetstream(), events, DURABLE)

    async def handled(self) -> list[str]:
        query = select(audit.c.subject).where(audit.c.action == "handled")
        async with self.database.transaction() as tx:
            return sorted(row["subject"] for row in await tx.all(query))

    async def letters(self) -> list[tuple[str, str, str]]:
        query = select(dead_letters.c.event_id, dead_letters.c.status, dead_letters.c.reason)
        async with self.database.transaction() as tx:
            return [tuple(row.values()) for row in await tx.all(query.order_by(dead_letters.c.event_id))]


@pytest.fixture
async def place(fresh_database, nats_url: str) -> AsyncIterator[Place]:
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    await ensure_durable(client.jetstream(), DURABLE)
    database = Database(await fresh_database("survey"), connections=3)
    yield Place(database, client)
    await database.close()
    await client.close()


async def test_what_was_settled_and_never_handled_is_handled_once(place: Place) -> None:
    counted = PASSED_OVER.labels(DURABLE.name)._value
    before = counted.get()
    await place.tell("a", "b", "c")
    await place.settle(2)
    assert await place.look() == 2
    assert await place.look() == 0
    assert await place.handled() == ["a", "b"]
    assert [status for _, status, _ in await place.letters()] == ["redriven", "redriven"]
    assert counted.get() - before == 2


async def test_what_the_broker_has_still_to_deliver_is_left_to_it(place: Place) -> None:
    await place.tell("a", "b")
    assert await place.look() == 0
    assert await place.handled() == []


async def test_what_was_handled_or_put_aside_is_known(place: Place, nats_url: str) -> None:
    await place.tell("a", "b", "c")
    broker = make_broker(nats_url, "survey")
    subscribe(broker, events, place.database)
    await broker.start()

    async def all_are_handled() -> bool:
        return await place.handled() == ["a", "b", "c"]

    await until(all_are_handled)
    await broker.stop()
    async with place.database.transaction() as tx:
        await tx.execute(delete(inbox).where(inbox.c.event_id == "id-c"))
        await save(tx, Letter.of(DURABLE, {"ce-id": "id-c"}, story("c").subject, b""), "sick", 1)
    assert await place.look() == 0
    assert await place.letters() == [("id-c", "waiting", "sick")]


async def test_what_cannot_be_handled_waits_as_a_dead_letter_with_its_reason(place: Place) -> None:
    await place.tell("sick-1", "a")
    await place.settle(2)
    assert await place.look() == 2
    assert await place.handled() == ["a"]
    assert ("id-sick-1", "waiting", "LookupError") in await place.letters()
    assert await place.look() == 0


async def test_what_takes_the_process_with_it_is_not_tried_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise Died

    await place.tell("a")
    await place.settle(1)
    monkeypatch.setattr("shared.dead_letters.redrive", dies)
    with pytest.raises(Died):
        await place.look()
    monkeypatch.undo()
    assert await place.look() == 0
    assert await place.letters() == [("id-a", "waiting", passed_over.REASON)]


async def test_a_message_without_an_id_is_known_by_what_it_says(place: Place, nats_url: str) -> None:
    headers = {"ce-type": StoryPublished.type_name(), "ce-revision": "1"}
    said = story("a").model_dump_json().encode()
    await place.client.jetstream().publish(story("a").subject, said, headers=headers)
    broker = make_broker(nats_url, "survey")
    subscribe(broker, events, place.database)
    await broker.start()

    async def is_handled() -> bool:
        return await place.handled() == ["a"]

    await until(is_handled)
    await broker.stop()
    assert await place.look() == 0
    async with place.database.transaction() as tx:
        assert await tx.value(select(func.count()).select_from(dead_letters)) == 0


async def test_each_look_begins_before_the_end_of_the_last(place: Place) -> None:
    await place.tell("a", "b", "c")
    await place.settle(3)
    assert await place.look() == 3
    async with place.database.transaction() as tx:
        await tx.execute(delete(inbox).where(inbox.c.event_id == "id-b"))
        await tx.execute(delete(dead_letters).where(dead_letters.c.event_id == "id-b"))
    assert await place.look() == 1


async def test_what_was_withdrawn_is_left_alone_and_what_follows_is_handled(place: Place) -> None:
    await place.tell("gone", "b")
    async with place.database.transaction() as tx:
        await tx.forget_letters(StoryPublished, "gone", 2)
    await place.settle(2)
    assert await place.look() == 1
    assert await place.handled() == ["b"]
    assert [event_id for event_id, *_ in await place.letters()] == ["id-b"]


async def test_a_handler_that_cannot_look_back_keeps_no_other_from_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()
    both = Handlers("survey")
    both.on(StoryPublished)(on_story_published)
    both.on(PracticePublished)(on_practice_published)

    async def fail_first(_: Database, __: object, ___: Handlers, durable: Durable) -> int:
        if durable.event is StoryPublished:
            raise LookupError
        looked.set()
        return 0

    monkeypatch.setattr(passed_over, "look_back", fail_first)
    task = asyncio.create_task(passed_over.run_look_back(place.database, place.client, both))
    async with asyncio.timeout(10):
        await looked.wait()
    assert not task.done()
    task.cancel()


@pytest.mark.parametrize(
    ("before", "here", "expected"),
    [
        (None, Looked("s", 5_000), 5_000 - OVERLAP),
        (Looked("s", 4_000), Looked("s", 5_000), 4_000 - OVERLAP),
        (Looked("s", 9_000), Looked("s", 5_000), 5_000 - OVERLAP),
        (Looked("s", 10), Looked("s", 5_000), 1),
        (Looked("old", 4_000), Looked("s", 5_000), 1),
    ],
)
def test_a_look_goes_back_far_enough(before: Looked | None, here: Looked, expected: int) -> None:
    assert start(before, here) == expected
