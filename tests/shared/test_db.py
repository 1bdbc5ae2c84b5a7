"""Transactions emit, commit and wake."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import func, select, text

from shared import tracing
from shared.backbone import audit, dead_letters, outbox, purges
from shared.db import OUTBOX_SIGNAL, Database
from shared.events import StoryPublished
from shared.origins import Origin
from tests.shared.given import NOW, story


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.value(select(func.count()).select_from(outbox)))


async def test_an_emitted_event_is_in_the_outbox_after_the_commit(database: Database) -> None:
    async with database.transaction(Origin("c1", "cause")) as tx:
        event_id = tx.emit(story())
    async with database.transaction() as tx:
        row = await tx.first(select(outbox))
    assert row is not None
    assert (row["id"], row["key"], row["stream"], row["revision"]) == (event_id, "s1", "PUBLIC", 1)
    assert (row["subject"], row["type"]) == (
        "latu.public.campaign.story_published.v1.s1",
        "latu.campaign.story_published.v1",
    )
    assert (row["correlation_id"], row["causation_id"]) == ("c1", "cause")
    assert StoryPublished.model_validate_json(row["body"]) == story()


async def test_a_failed_transaction_emits_nothing_and_wakes_nobody(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as tx:
            tx.emit(story())
            raise RuntimeError
    assert await count(database) == 0
    assert not database.signal(OUTBOX_SIGNAL).is_set()


async def test_a_commit_wakes_the_relay_and_what_the_command_named(database: Database) -> None:
    async with database.transaction() as tx:
        tx.emit(story())
        tx.wake("remake")
        assert not database.signal("remake").is_set()
    assert database.signal(OUTBOX_SIGNAL).is_set()
    assert database.signal("remake").is_set()


async def test_what_is_woken_is_told_on_whose_behalf_once(database: Database) -> None:
    first, second = Origin("c1"), Origin("c2")
    for origin in (first, second):
        async with database.transaction(origin) as tx:
            tx.wake("remake")
            tx.wake("remake")
    signal = database.signal("remake")
    assert signal.take() == [first, second]
    assert signal.take() == []
    assert not signal.is_set()


async def test_what_is_done_on_behalf_of_another_answers_to_it_and_the_rest_does_not(
    database: Database,
) -> None:
    async with database.transaction(Origin("c1")) as tx:
        with tx.on_behalf_of(Origin("c2", "cause"), "work"):
            tx.emit(story("s1"))
        tx.emit(story("s2"))
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox).order_by(outbox.c.position))
    assert [(row["correlation_id"], row["causation_id"]) for row in rows] == [("c2", "cause"), ("c1", None)]


async def test_what_fails_on_behalf_of_another_leaves_the_transaction_its_own_origin(
    database: Database,
) -> None:
    async with database.transaction(Origin("c1")) as tx:
        with pytest.raises(RuntimeError), tx.on_behalf_of(Origin("c2"), "work"):
            raise RuntimeError
        assert tx.origin == Origin("c1")


async def test_a_part_that_failed_wakes_nobody(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(RuntimeError):
            async with tx.savepoint():
                tx.wake("remake")
                raise RuntimeError
    assert not database.signal("remake").is_set()


async def test_an_event_says_in_which_span_it_was_emitted(database: Database) -> None:
    with tracing.span("work") as work:
        async with database.transaction() as tx:
            tx.emit(story())
    async with database.transaction() as tx:
        row = await tx.first(select(outbox.c.traceparent, outbox.c.correlation_id))
    assert row == {"traceparent": work.place.traceparent, "correlation_id": work.place.trace_id}


async def test_a_purged_entity_leaves_no_text_behind(database: Database) -> None:
    async with database.transaction() as tx:
        tx.emit(story())
    async with database.transaction() as tx:
        await tx.run(outbox.update().values(published_at=NOW))
        tx.emit(story(revision=2))
    async with database.transaction() as tx:
        tx.emit(story(revision=3))
        await tx.purge_key(StoryPublished, "s1")
    async with database.transaction() as tx:
        assert [row["body"] for row in await tx.all(select(outbox))] == [""]
        asked = await tx.first(select(purges))
    assert asked is not None
    assert (asked["subject"], asked["done_at"]) == ("latu.public.campaign.story_published.v1.s1", None)


async def test_purging_one_entity_keeps_the_others(database: Database) -> None:
    async with database.transaction() as tx:
        tx.emit(story("s1"))
        tx.emit(story("s2"))
    async with database.transaction() as tx:
        await tx.purge_key(StoryPublished, "s1")
    async with database.transaction() as tx:
        assert [row["key"] for row in await tx.all(select(outbox).where(outbox.c.body != ""))] == ["s2"]
        assert await tx.value(select(func.count()).select_from(dead_letters)) == 0


async def test_the_audit_trail_says_who_did_what(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.audit("latu", "adopted", "recommendation-1", {"why": "agreed"})
        now = tx.now
    async with database.transaction() as tx:
        row = await tx.first(select(audit))
    assert row is not None
    assert (row["actor"], row["action"], row["subject"], row["detail"]) == (
        "latu",
        "adopted",
        "recommendation-1",
        {"why": "agreed"},
    )
    assert row["at"] == now


async def test_the_clock_is_the_one_that_was_given(fresh_database) -> None:
    database = Database(await fresh_database("coaching"), clock=lambda: NOW, connections=1)
    async with database.transaction() as tx:
        assert tx.now == NOW
        assert tx.new_id()[:12] == f"{int(NOW.timestamp() * 1000):012x}"
        assert await tx.value(text("SELECT 1")) == 1
    await database.close()


async def test_who_is_cancelled_while_the_database_is_gone_ends(
    database: Database, postgres: asyncpg.Connection
) -> None:
    process = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with database.transaction() as tx:
            process.set_result(await tx.value(text("SELECT pg_backend_pid()")))
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await postgres.execute("SELECT pg_terminate_backend($1, 5000)", await process)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_shall_be_counted_once_committed_is_counted_after_the_commit_only(
    database: Database,
) -> None:
    counted: list[str] = []
    async with database.transaction() as tx:
        tx.once_committed(lambda: counted.append("kept"))
        with suppress(RuntimeError):
            async with tx.savepoint():
                tx.once_committed(lambda: counted.append("taken back"))
                raise RuntimeError
        assert counted == []
    assert counted == ["kept"]
    with suppress(RuntimeError):
        async with database.transaction() as tx:
            tx.once_committed(lambda: counted.append("rolled back"))
            raise RuntimeError
    assert counted == ["kept"]


async def test_a_pool_tells_how_many_of_its_connections_are_in_use(database: Database) -> None:
    assert database.taken == 0
    async with database.transaction() as tx:
        await tx.value(select(func.now()))
        assert database.taken == 1
    assert database.taken == 0
