"""A replay feeds handlers what they have seen: what is right stays, what was missing comes back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

from services.survey.tables.answers import stories
from shared import dead_letters, replay
from shared.backbone import dead_letters as letters
from shared.backbone import inbox
from shared.db import Transaction
from shared.events import StoryPublished
from shared.inbox import first_times
from shared.replay import Asked, Replay, Replayed
from shared.streams import Durable
from tests.rebuild.lives import LIVES
from tests.rebuild.worlds import World
from tests.shared.given import story


class Deadlock(Exception):
    """As the driver tells of it."""

    sqlstate = "40P01"


ALL = pytest.mark.parametrize("service", list(LIVES))
SURVEY = pytest.mark.parametrize("service", ["survey"])


async def replay_both(world: World, start: Any = 1, *, dry_run: bool = False) -> list[Replayed]:
    """Replay both streams to their ends, part by part."""
    parts = []
    for stream in ("PUBLIC", "INTERNAL"):
        asked = Asked(stream, start, dry_run=dry_run)
        while True:
            done = await Replay(world.database, world.client.jetstream(), world.service.events).run(asked)
            parts.append(done)
            if done.next is None:
                break
            asked = Asked(stream, done.next, done.until, dry_run)
    await world.rest()
    return parts


def events(parts: list[Replayed]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        for name, count in part.events.items():
            found[name] = found.get(name, 0) + count
    return found


@ALL
async def test_a_replay_of_everything_changes_and_tells_nothing(world: World, service: str) -> None:
    await LIVES[service](world)
    before = await world.everything()
    parts = await replay_both(world)
    assert sum(events(parts).values()) == world.told
    assert await world.everything() == before


@ALL
async def test_a_dry_run_counts_by_kind_and_touches_nothing(world: World, service: str) -> None:
    await LIVES[service](world)
    for table in world.service.derived.tables.values():
        await world.run(delete(table))
    await world.rest()
    before = await world.everything()
    parts = await replay_both(world, dry_run=True)
    assert set(events(parts)) <= {event.__name__ for event in world.service.events.by_event}
    assert sum(events(parts).values()) == world.told
    assert await world.everything() == before


@ALL
async def test_facts_that_were_lost_come_back_by_a_replay(world: World, service: str) -> None:
    await LIVES[service](world)
    replicas = world.service.derived.tables
    before = {name: rows for name, rows in (await world.everything()).items() if name in replicas}
    for table in replicas.values():
        await world.run(delete(table))
    await replay_both(world)
    after = {name: rows for name, rows in (await world.everything()).items() if name in replicas}
    assert after == before


@SURVEY
async def test_a_replay_starts_where_it_is_told_to(world: World, service: str) -> None:
    await world.tell(story("s1"), story("s2"))
    await asyncio.sleep(0.05)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.05)
    await world.tell(story("s3"))
    assert events(await replay_both(world, 2)) == {"StoryPublished": 2}
    assert events(await replay_both(world, moment)) == {"StoryPublished": 1}
    assert events(await replay_both(world, 99)) == {}


@SURVEY
async def test_a_long_replay_comes_in_parts_and_ends_where_the_stream_ended_when_it_began(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.reading.BATCH", 3)
    monkeypatch.setattr(replay, "PART", 5)
    await world.tell(*(story(f"s{number}") for number in range(8)))
    worker = Replay(world.database, world.client.jetstream(), world.service.events)
    first = await worker.run(Asked("PUBLIC", 1))
    await world.tell(story("late"))
    assert (first.next, first.until, first.events["StoryPublished"]) == (7, 8, 6)
    second = await worker.run(Asked("PUBLIC", 7, first.until))
    assert (second.next, second.events["StoryPublished"]) == (None, 2)


@SURVEY
async def test_what_fails_is_put_aside_and_the_rest_of_its_batch_is_handled(
    world: World, service: str
) -> None:
    await world.stop()
    await world.publish(story("s1"))
    await world.publish(story("s2"), body=b'{"story": "s2"}')
    await world.publish(story("s3"))
    done = await Replay(world.database, world.client.jetstream(), world.service.events).run(
        Asked("PUBLIC", 1)
    )
    assert (done.events["StoryPublished"], done.failed.total()) == (3, 1)
    async with world.database.transaction() as tx:
        assert [row["key"] for row in await dead_letters.list_letters(tx)] == ["s2"]
        assert sorted(row["key"] for row in await tx.all(select(stories.c.key))) == ["s1", "s3"]


@SURVEY
@pytest.mark.parametrize("status", ["waiting", "discarded"])
async def test_what_somebody_decides_over_is_left_to_them(world: World, service: str, status: str) -> None:
    await world.tell(story("s1"))
    await world.run(delete(stories))
    letter = dead_letters.Letter("h", "event-00001", story().type_name(), story().subject, "s1", "", {})
    async with world.database.transaction() as tx:
        await dead_letters.save(tx, letter, "a test", 1)
        await tx.run(letters.update().values(status=status))
    (done, _) = await replay_both(world)
    assert (done.skipped, done.events.total()) == (1, 0)
    async with world.database.transaction() as tx:
        assert await tx.all(select(stories)) == []


@SURVEY
async def test_a_replay_and_a_consumer_of_the_same_event_do_not_wait_for_each_other(
    world: World, service: str
) -> None:
    await world.stop()
    await world.publish(story("s1"))
    worker = Replay(world.database, world.client.jetstream(), world.service.events)
    async with world.database.transaction() as consuming:
        await first_times(consuming, Durable("survey", StoryPublished).name, ["event-00001"])
        replaying = asyncio.create_task(worker.run(Asked("PUBLIC", 1)))
        await asyncio.sleep(0.5)
        await consuming.execute(text("SET LOCAL lock_timeout = '100ms'"))
        await world.service.events.by_event[StoryPublished](story("s1"), consuming)
    assert (await replaying).failed.total() == 0


@SURVEY
async def test_what_lost_against_another_transaction_is_tried_again(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.stop()
    await world.publish(story("s1"))
    handle, lost = world.service.events.by_event[StoryPublished], [Deadlock()] * 4

    async def lose(event: StoryPublished, tx: Transaction) -> None:
        if lost:
            raise DBAPIError("", {}, lost.pop())
        await handle(event, tx)

    monkeypatch.setitem(world.service.events.by_event, StoryPublished, lose)
    worker = Replay(world.database, world.client.jetstream(), world.service.events)
    assert (await worker.run(Asked("PUBLIC", 1))).failed.total() == 0
    async with world.database.transaction() as tx:
        assert [row["key"] for row in await tx.all(select(stories.c.key))] == ["s1"]


@SURVEY
async def test_the_inbox_knows_what_was_replayed(world: World, service: str) -> None:
    await world.tell(story("s1"))
    await world.run(delete(inbox))
    await replay_both(world)
    async with world.database.transaction() as tx:
        assert [row["event_id"] for row in await tx.all(select(inbox.c.event_id))] == ["event-00001"]
