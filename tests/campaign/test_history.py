"""The history of public events: one order, each event once, nothing that was withdrawn."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from services.campaign import commands, history
from services.campaign.history import History, PublicEvent
from services.campaign.tables import public_events
from shared.db import Database
from shared.events import StoryPublished
from tests.campaign.given import NOW, insight, telling
from tests.campaign.told import findings, heard, keep, story, story_withdrawn


async def kept(database: Database) -> list[tuple[int, str, bool]]:
    """Position and id of every row, and whether its text is there."""
    async with database.transaction() as tx:
        rows = await tx.all(select(public_events).order_by(public_events.c.position))
    return [(row["position"], row["id"], row["event"] is not None) for row in rows]


async def test_events_are_kept_in_the_order_of_the_stream_without_gaps(database: Database) -> None:
    await keep(database, findings(3))
    await keep(database, findings(2, start=4))
    assert await kept(database) == [(n, f"insight_released-i{n}-1", True) for n in range(1, 6)]


async def test_what_comes_again_is_kept_once_and_in_its_first_place(database: Database) -> None:
    await keep(database, findings(3))
    await keep(database, findings(5))
    await keep(database, [heard(9, insight("i2"), stream="s2"), heard(10, insight("i9"), stream="s2")])
    assert [number for number, _, _ in await kept(database)] == [1, 2, 3, 4, 5, 6]


async def test_an_event_is_told_as_the_same_cloud_event_as_in_the_stream(database: Database) -> None:
    await keep(database, [heard(1, insight("i1"))])
    async with database.transaction() as tx:
        told = json.loads(await tx.value(select(public_events.c.event)))
    assert told["data"] == insight("i1").model_dump(mode="json")
    del told["data"]
    assert told == {
        "specversion": "1.0",
        "id": "insight_released-i1-1",
        "source": "/latu/survey",
        "type": "latu.survey.insight_released.v1",
        "subject": "i1",
        "time": NOW.isoformat(),
        "revision": 1,
        "correlationid": "c1",
        "datacontenttype": "application/json",
    }


async def test_a_message_that_is_no_event_does_not_stop_what_comes_after_it(database: Database) -> None:
    messages = findings(3)
    broken = messages[1].__class__(messages[1].place, NOW, "latu.public.x.y.v1.k", {}, b"\xff{")
    await keep(database, [messages[0], broken, messages[2]])
    assert len(await kept(database)) == 2


class TestWithdrawing:
    async def test_a_withdrawn_story_keeps_its_place_without_its_words(self, database: Database) -> None:
        await keep(database, [heard(1, story()), heard(2, story("s2")), heard(3, story_withdrawn())])
        assert [there for _, _, there in await kept(database)] == [False, True, True]

    async def test_a_story_that_comes_after_its_withdrawal_is_kept_empty(self, database: Database) -> None:
        await keep(database, [heard(1, story_withdrawn())])
        await keep(database, [heard(2, story())])
        assert [there for _, _, there in await kept(database)] == [True, False]

    async def test_the_words_are_gone_with_the_commit_that_withdraws_them(self, database: Database) -> None:
        key = await published_story(database)
        await keep(database, [heard(1, story(key))])
        async with database.transaction() as tx:
            await commands.remove_story(tx, key, "editor", "")
        assert [there for _, _, there in await kept(database)] == [False]

    async def test_a_story_that_was_on_its_way_when_withdrawn_is_kept_empty(self, database: Database) -> None:
        key = await published_story(database)
        async with database.transaction() as tx:
            await commands.remove_story(tx, key, "editor", "")
        await keep(database, [heard(1, story(key))])
        assert [there for _, _, there in await kept(database)] == [False]

    async def test_a_story_told_by_a_clock_that_was_ahead_of_the_withdrawals_is_kept_empty(
        self, database: Database
    ) -> None:
        key = await published_story(database)
        async with database.transaction() as tx:
            await commands.remove_story(tx, key, "editor", "")
        told = heard(1, story(key))
        told.headers["ce-time"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        await keep(database, [told])
        assert [there for _, _, there in await kept(database)] == [False]

    async def test_a_withdrawal_waits_for_who_is_keeping_the_story(self, database: Database) -> None:
        """Without the lock the withdrawal would not see the row, and its words would stay."""
        key = await published_story(database)
        async with database.transaction() as keeping:
            await commands.keep_public_events(keeping, [heard(1, story(key))])
            withdrawing = asyncio.create_task(_forget(database, key))
            await asyncio.sleep(0.2)
            assert not withdrawing.done()
        await withdrawing
        assert [there for _, _, there in await kept(database)] == [False]


async def published_story(database: Database) -> str:
    async with database.transaction() as tx:
        key = (await commands.submit_story(tx, telling())).story
        await commands.publish_story(tx, key, "editor", "Kävellen", "Kävelemme palaverissa, ja se toimii.")
    return key


async def _forget(database: Database, key: str) -> None:
    async with database.transaction() as tx:
        await commands.forget_public_events(tx, StoryPublished, key)


class Reader:
    """Goes by `position >`, as everything that reads the history does."""

    def __init__(self, database: Database, table: str) -> None:
        self.database = database
        self.query = text(f"SELECT position, id FROM {table} WHERE position > :after ORDER BY position")  # noqa: S608
        self.after = 0
        self.seen: list[str] = []

    async def read(self) -> None:
        async with self.database.transaction() as tx:
            for row in await tx.all(self.query, {"after": self.after}):
                self.after = row["position"]
                self.seen.append(row["id"])


class TestTwoThatCommitOutOfOrder:
    """Positions of a sequence become visible out of order; those given out under the lock do not."""

    async def test_a_reader_by_position_loses_events_where_a_sequence_gives_positions(
        self, database: Database
    ) -> None:
        """The control: what would happen. If this did not lose, the next test would show nothing."""
        async with database.transaction() as tx:
            await tx.execute(text("CREATE TABLE naive (position bigserial PRIMARY KEY, id text)"))
        reader = Reader(database, "naive")
        add = text("INSERT INTO naive (id) VALUES (:id)")
        async with database.transaction() as slow:
            await slow.execute(add, {"id": "first"})
            async with database.transaction() as quick:
                await quick.execute(add, {"id": "second"})
            await reader.read()
        await reader.read()
        assert reader.seen == ["second"]

    async def test_a_reader_by_position_loses_none_of_the_history(self, database: Database) -> None:
        reader = Reader(database, "public_events")
        async with database.transaction() as slow:
            await commands.keep_public_events(slow, findings(1))
            quick = asyncio.create_task(keep(database, findings(1, start=2)))
            await asyncio.sleep(0.2)
            await reader.read()
        await reader.read()
        await quick
        await reader.read()
        assert reader.seen == ["insight_released-i1-1", "insight_released-i2-1"]

    async def test_replicas_that_hear_the_same_keep_it_once(self, database: Database) -> None:
        parts = [findings(6, start=start) for start in (1, 3, 1, 5, 2, 4)]
        await asyncio.gather(*(keep(database, part) for part in parts))
        found = await kept(database)
        assert [number for number, _, _ in found] == list(range(1, 11))
        assert len({name for _, name, _ in found}) == 10


def event_at(moment: datetime) -> PublicEvent:
    return PublicEvent("e", "t", "k", 1, moment, "{}")


def days(history_day: date | None, *moments: datetime) -> list[date]:
    return [one.day for one in history.in_order(History("", 0, 7, history_day), map(event_at, moments))]


def test_a_day_is_that_of_the_region() -> None:
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert days(None, late, late - timedelta(hours=1)) == [date(2026, 11, 25), date(2026, 11, 25)]
    assert days(None, late - timedelta(hours=1)) == [date(2026, 11, 24)]


def test_a_day_that_is_over_gets_nothing_more() -> None:
    """Also where a stream was made anew from what its publishers kept, with a clock that was set back."""
    assert days(date(2026, 12, 1), NOW) == [date(2026, 12, 1)]


async def test_the_place_in_the_stream_is_kept_with_the_events(database: Database) -> None:
    await keep(database, findings(3))
    async with database.transaction() as tx:
        assert (await commands.find_place(tx)).sequence == 3
    with pytest.raises(ZeroDivisionError):
        await _fail_after_keeping(database)
    async with database.transaction() as tx:
        assert (await commands.find_place(tx)).sequence == 3
    assert len(await kept(database)) == 3


async def _fail_after_keeping(database: Database) -> None:
    async with database.transaction() as tx:
        await commands.keep_public_events(tx, findings(2, start=4))
        raise ZeroDivisionError
