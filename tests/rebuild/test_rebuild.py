"""A rebuild goes on beside everything else: nobody sees it half done, nothing that comes meanwhile is lost."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select

from services.coaching.commands import playbooks
from services.survey.tables.answers import stories
from shared import dead_letters, rebuild
from shared.backbone import audit
from shared.backbone import dead_letters as letters
from shared.db import Database, Transaction
from shared.errors import Refused
from shared.events import StoryPublished
from shared.rebuild import Derived, Order, Taken
from shared.streams import Durable
from tests.coaching import given as coaching
from tests.rebuild.lives import LIVES, NEWS
from tests.rebuild.worlds import World
from tests.shared.given import story

SURVEY = pytest.mark.parametrize("service", ["survey"])
COACHING = pytest.mark.parametrize("service", ["coaching"])
ALL = pytest.mark.parametrize("service", list(LIVES))


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.value(select(func.count()).select_from(stories)))


async def told(database: Database) -> dict[str, int]:
    async with database.transaction() as tx:
        return {row["key"]: row["revision"] for row in await tx.all(select(stories))}


@ALL
async def test_what_is_handled_while_it_reads_is_not_lost(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await LIVES[service](world)
    closing = rebuild._keep_writers_out

    async def news_first(tx: object, derived: Derived) -> None:
        await world.tell(NEWS[service])
        await closing(tx, derived)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuild, "_keep_writers_out", news_first)
    done = await world.rebuild()
    assert done.events == world.told
    key = NEWS[service].key
    table = world.service.derived.replicas[type(NEWS[service])].table
    async with world.database.transaction() as tx:
        assert await tx.value(select(table.c.live).where(table.c.key == key)) is True


@SURVEY
async def test_readers_see_everything_at_any_moment_and_writers_go_on(world: World, service: str) -> None:
    for number in range(600):
        await world.publish(story(f"s{number:03}"))
    await world.rest()
    seen: set[int] = set()
    over = asyncio.Event()

    async def look() -> None:
        while not over.is_set():
            seen.add(await count(world.database))
            await asyncio.sleep(0)

    async def write() -> None:
        for revision in range(2, 200):
            await world.publish(story("s000", revision))
            await asyncio.sleep(0)

    looking, writing = asyncio.create_task(look()), asyncio.create_task(write())
    for _ in range(3):
        await world.rebuild()
    await writing
    over.set()
    await looking
    await world.rest()
    assert seen == {600}
    assert (await told(world.database))["s000"] == 199


@SURVEY
async def test_readers_read_while_writers_are_kept_out(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.tell(story("s1"), story("s2"))
    await world.run(delete(stories).where(stories.c.key == "s1"))
    taking, seen = rebuild._take_over, []

    async def look_in_between(*arguments: object) -> Taken:
        done = await taking(*arguments)  # type: ignore[arg-type]
        seen.append(await count(world.database))
        return done

    monkeypatch.setattr(rebuild, "_take_over", look_in_between)
    async with asyncio.timeout(10):
        await world.rebuild()
    assert set(seen) == {1}
    assert await count(world.database) == 2


@SURVEY
async def test_what_comes_at_the_last_moment_waits_and_is_not_overwritten(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.tell(story("s1"))
    taking = rebuild._take_over

    async def news_first(*arguments: object) -> Taken:
        await world.publish(story("news"))
        await asyncio.sleep(0.5)
        return await taking(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuild, "_take_over", news_first)
    await world.rebuild(drop=True)
    assert await told(world.database) == {"s1": 1, "news": 1}


@SURVEY
async def test_what_the_streams_do_not_hold_is_not_thrown_away(world: World, service: str) -> None:
    await world.tell(story("s1"), story("s2"))
    await world.client.jetstream().purge_stream("PUBLIC", subject=story("s1").subject)
    with pytest.raises(Refused, match=r"1 of stories.*latu outbox republish"):
        await world.rebuild()
    assert await told(world.database) == {"s1": 1, "s2": 1}
    assert (await world.rebuild(drop=True)).tables["stories"] == Taken(1, 0, gone=1, set_back=0)
    assert await told(world.database) == {"s2": 1}


@SURVEY
async def test_a_stream_that_holds_an_older_state_sets_nothing_back(world: World, service: str) -> None:
    await world.tell(story("s1"), story("s1", 2))
    await world.client.jetstream().delete_msg("PUBLIC", 2)
    with pytest.raises(Refused, match=r"1 of stories.*latu outbox republish"):
        await world.rebuild()
    assert await told(world.database) == {"s1": 2}
    assert (await world.rebuild(drop=True)).tables["stories"] == Taken(1, 0, gone=0, set_back=1)
    assert await told(world.database) == {"s1": 1}


@SURVEY
async def test_a_letter_that_is_redriven_meanwhile_stays_handled(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.tell(story("s1"))
    await world.stop()
    await world.publish(story("s2"))
    said = await world.client.jetstream().get_msg("PUBLIC", 2)
    letter = dead_letters.Letter.of(
        Durable("survey", StoryPublished), said.headers or {}, story("s2").subject, said.data or b""
    )
    async with world.database.transaction() as tx:
        await dead_letters.save(tx, letter, "a test", 1)
    closing = rebuild._keep_writers_out

    async def redriven_first(tx: Transaction, derived: Derived) -> None:
        async with world.database.transaction() as deciding:
            await dead_letters.redrive(deciding, world.service.events, dead_letters.Chosen(), "operator")
        await closing(tx, derived)

    monkeypatch.setattr(rebuild, "_keep_writers_out", redriven_first)
    done = await world.rebuild()
    assert (done.events, done.skipped) == (2, 0)
    assert await told(world.database) == {"s1": 1, "s2": 1}


@SURVEY
async def test_a_service_is_rebuilt_once_at_a_time(world: World, service: str) -> None:
    async with world.database.transaction() as tx:
        await rebuild._be_alone(tx)
        with pytest.raises(Refused, match="already"):
            await world.rebuild()
    await world.rebuild()


@SURVEY
async def test_a_broker_that_is_away_changes_nothing(world: World, service: str) -> None:
    await world.tell(story("s1"))
    await world.stop()
    await world.client.jetstream().delete_stream("PUBLIC")
    with pytest.raises(Refused, match="broker does not answer"):
        await world.rebuild(drop=True)
    assert await told(world.database) == {"s1": 1}


@SURVEY
async def test_dead_letters_are_left_out_also_when_they_were_given_up(world: World, service: str) -> None:
    await world.tell(story("s1"))
    for key, status in (("s2", "waiting"), ("s3", "discarded"), ("s4", "redriven")):
        event = story(key)
        headers = {"ce-id": f"letter-{key}", "ce-type": event.type_name(), "ce-revision": "1"}
        letter = dead_letters.Letter(
            "survey-campaign-story_published-v1",
            f"letter-{key}",
            event.type_name(),
            event.subject,
            key,
            "",
            {},
        )
        async with world.database.transaction() as tx:
            await dead_letters.save(tx, letter, "a test", 1)
            await tx.run(letters.update().where(letters.c.key == key).values(status=status))
        await world.stop()
        await world.client.jetstream().publish(
            event.subject, event.model_dump_json().encode(), headers=headers
        )
    await world.publish(story("s5"), body=b"no event at all")
    done = await world.rebuild()
    assert (done.events, done.skipped) == (2, 3)
    assert await told(world.database) == {"s1": 1, "s4": 1}


@SURVEY
async def test_a_rebuild_is_audited(world: World, service: str) -> None:
    await world.tell(story("s1"))
    await world.rebuild()
    async with world.database.transaction() as tx:
        row = await tx.first(select(audit).where(audit.c.action == "rebuilt"))
    assert row is not None
    assert (row["actor"], row["subject"], row["detail"]["events"]) == ("operator", "survey", 1)


@COACHING
async def test_playbooks_are_worked_out_in_parts_to_the_last(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await LIVES[service](world)
    before = await world.everything(("remade_at",))
    monkeypatch.setattr(playbooks, "BATCH", 1)
    table = world.metadata.tables["playbooks"]
    await world.run(table.update().values(items=[], advised=77))
    await world.rebuild()
    assert await world.everything(("remade_at",)) == before


async def mislead(world: World) -> dict[str, int]:
    """Advice follows from a fact of which nobody told; the revisions of the playbooks that it is in."""
    false = coaching.insight("false", revision=5, rule="barrier")
    replica = world.service.derived.replicas[type(false)]
    await world.run(insert(replica.table).values(replica.row(false)))
    await world.run(world.metadata.tables["organisations"].update().values(stale=True))
    await world.rest()
    books = await books_of(world)
    assert "false" in str(books)
    return {row["playbook"]: row["revision"] for row in books}


async def books_of(world: World) -> list[dict[str, Any]]:
    async with world.database.transaction() as tx:
        return [dict(row) for row in await tx.all(select(world.metadata.tables["playbooks"]))]


@COACHING
async def test_advice_made_of_a_damaged_fact_is_remade_and_told(world: World, service: str) -> None:
    await LIVES[service](world)
    misled = await mislead(world)
    await world.rebuild(drop=True)
    after = await books_of(world)
    assert "false" not in str(after)
    assert all(row["revision"] == misled[row["playbook"]] + 1 for row in after)


@COACHING
async def test_a_rebuild_that_dies_between_its_parts_leaves_no_old_advice(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await LIVES[service](world)
    misled = await mislead(world)
    assert len(misled) > 1
    monkeypatch.setattr(playbooks, "BATCH", 1)
    derived = world.service.derived

    async def dies(tx: Transaction, after: str) -> str | None:
        if after:
            raise ConnectionError
        return await derived.derive(tx, after)

    dying = dataclasses.replace(derived, derive=dies)
    with pytest.raises(ConnectionError):
        js = world.client.jetstream()
        await rebuild.rebuild(world.database, js, world.service.events, dying, Order("operator", drop=True))
    await world.rest()
    assert "false" not in str(await books_of(world))
