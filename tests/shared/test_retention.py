"""Retention forgets in batches what is of no use any more, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from services.coaching.app import service
from shared import retention
from shared.backbone import inbox, outbox
from shared.db import Database
from shared.events import StoryPublished
from shared.http import serve
from shared.retention import check_days, forget_published, forget_received, timers
from shared.settings import Settings
from tests.shared.given import story

DAYS = 30


async def emit(database: Database, *events: StoryPublished, days_ago: int | None) -> None:
    """Put events into the outbox; published so many days ago, or not yet."""
    async with database.transaction() as tx:
        ids = [tx.emit(event) for event in events]
        await tx.flush()
        if days_ago is not None:
            went = update(outbox).where(outbox.c.id.in_(ids))
            await tx.run(went.values(published_at=tx.now - timedelta(days=days_ago)))


async def kept(database: Database) -> list[tuple[str, int]]:
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox.c.key, outbox.c.revision).order_by(outbox.c.position))
    return [(row["key"], row["revision"]) for row in rows]


async def forget(database: Database) -> bool:
    async with database.transaction() as tx:
        return await forget_published(tx, DAYS)


async def test_an_old_state_goes_and_the_newest_of_each_thing_stays(database: Database) -> None:
    await emit(database, story("s1", 1), story("s1", 2), story("s2", 1), days_ago=31)
    await emit(database, story("s1", 3), days_ago=31)
    await forget(database)
    assert await kept(database) == [("s2", 1), ("s1", 3)]


async def test_a_state_stays_as_long_as_its_days_last(database: Database) -> None:
    await emit(database, story("s1", 1), days_ago=29)
    await emit(database, story("s1", 2), days_ago=0)
    await forget(database)
    assert await kept(database) == [("s1", 1), ("s1", 2)]


async def test_what_is_not_published_stays_and_so_does_the_last_that_was(database: Database) -> None:
    await emit(database, story("s1", 1), days_ago=31)
    await emit(database, story("s1", 2), days_ago=None)
    await forget(database)
    assert await kept(database) == [("s1", 1), ("s1", 2)]


async def test_the_empty_rows_of_what_was_withdrawn_go(database: Database) -> None:
    await emit(database, story("s1"), story("s2"), days_ago=31)
    async with database.transaction() as tx:
        await tx.purge_key(StoryPublished, "s1")
    await forget(database)
    assert await kept(database) == [("s2", 1)]


async def test_it_works_in_batches_and_says_when_there_is_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await emit(database, *(story("s1", revision) for revision in range(1, 5)), days_ago=31)
    assert await forget(database)
    assert len(await kept(database)) == 2
    assert not await forget(database)
    assert await kept(database) == [("s1", 4)]


async def test_the_inbox_forgets_what_it_received_long_ago(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    async with database.transaction() as tx:
        ages = {"old1": 31, "old2": 32, "old3": 33, "young": 29}
        rows = [
            {"handler": "h", "event_id": name, "received_at": tx.now - timedelta(days=age)}
            for name, age in ages.items()
        ]
        await tx.execute(insert(inbox), rows)
    async with database.transaction() as tx:
        assert await forget_received(tx, DAYS)
        assert not await forget_received(tx, DAYS)
        assert [row["event_id"] for row in await tx.all(select(inbox.c.event_id))] == ["young"]


@pytest.mark.parametrize(("streams", "inboxes"), [(0, 30), (30, 30), (30, 29)])
def test_an_inbox_that_forgets_before_the_streams_do_does_not_start(streams: int, inboxes: int) -> None:
    with pytest.raises(SystemExit, match="an inbox must remember longer"):
        check_days(Settings(stream_days=streams, inbox_days=inboxes))


@pytest.mark.parametrize(("streams", "inboxes"), [(0, 0), (30, 0), (30, 31)])
def test_an_inbox_that_remembers_longer_starts(streams: int, inboxes: int) -> None:
    check_days(Settings(stream_days=streams, inbox_days=inboxes))


def test_a_service_whose_inbox_forgets_too_soon_ends_before_it_touches_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("a-key-for-tests-only")
    monkeypatch.setenv("LATU_SECRET_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("LATU_INBOX_DAYS", "5")
    with pytest.raises(SystemExit, match="LATU_INBOX_DAYS is 5"):
        serve(service)


def test_what_is_kept_for_ever_has_no_timer() -> None:
    assert timers(Settings()) == ()
    assert [timer.name for timer in timers(Settings(outbox_days=1, inbox_days=1))] == [
        "outbox_retention",
        "inbox_retention",
    ]
