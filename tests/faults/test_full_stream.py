"""A stream that takes no more: the relay waits with growing pauses, says why once, and catches up by itself."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator

import psutil
import pytest
from nats.aio.client import Client
from nats.js.api import DiscardPolicy
from nats.js.errors import APIError, ServiceUnavailableError
from sqlalchemy import func, insert, select, text

from shared.backbone import outbox
from shared.db import LARGEST_EVENT_BYTES, Database
from shared.errors import TooLarge
from shared.events import OutcomeWithdrawn
from shared.hindrances import HINDRANCES
from shared.observability import RELAY_TRIES
from shared.outbox import BATCH_BYTES, HEADERS_BYTES, load_waiting, pause, run_relay
from tests.shared.given import NOW, relay_pass, story, until

PART = "relay of campaign to public"
ROOM = 300


@pytest.fixture
async def database(fresh_database) -> AsyncIterator[Database]:
    made = Database(await fresh_database("campaign"), connections=5)
    yield made
    await made.close()


async def limit(client: Client, messages: int) -> None:
    config = (await client.jetstream().stream_info("PUBLIC")).config
    config = dataclasses.replace(config, max_msgs=messages, discard=DiscardPolicy.NEW)
    await client.jetstream().update_stream(config)


async def in_stream(client: Client) -> int:
    return int((await client.jetstream().stream_info("PUBLIC")).state.messages)


async def emit(database: Database, rows: int, body: str | None = None) -> None:
    """Put stories into the outbox, three revisions of each, as commands would."""
    async with database.transaction() as tx:
        first = tx._row("0", story())
        told = [
            first
            | {
                "id": f"e{number:05}",
                "key": f"s{number // 3}",
                "subject": story(f"s{number // 3}").subject,
                "revision": number % 3 + 1,
                "body": body or first["body"],
                "occurred_at": NOW,
            }
            for number in range(rows)
        ]
        await tx.execute(insert(outbox), told)


async def count_waiting(database: Database) -> int:
    async with database.transaction() as tx:
        return int(
            await tx.value(select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None)))
        )


async def test_a_full_stream_fills_to_its_brim_and_the_rest_follows_in_order_when_there_is_room(
    database: Database, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await limit(client, ROOM)
    await emit(database, 20_000)
    resident = psutil.Process().memory_info().rss
    failed = RELAY_TRIES.labels("failed")._value
    before = failed.get()
    relay = asyncio.create_task(run_relay(database, client, "campaign"))

    async def is_full() -> bool:
        return await in_stream(client) == ROOM

    with caplog.at_level(logging.WARNING):
        await until(is_full, 40)
        await asyncio.sleep(3)
        tries = failed.get() - before
        assert tries <= 45
        assert "maximum messages exceeded" in HINDRANCES.now()[PART]
        quiet = failed.get()
        await asyncio.sleep(2)
        assert failed.get() - quiet <= 2
        assert len([line for line in caplog.messages if PART in line]) <= 3
        assert psutil.Process().memory_info().rss - resident < 60_000_000
        await limit(client, -1)

        async def is_drained() -> bool:
            return not await count_waiting(database)

        await until(is_drained, 40)
    assert await in_stream(client) == 20_000
    assert PART not in HINDRANCES.now()
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox).order_by(outbox.c.stream_sequence))
    newest: dict[str, int] = {}
    for row in rows:
        assert row["revision"] == newest.get(row["key"], 0) + 1
        newest[row["key"]] = row["revision"]
    database.leave()
    await relay


async def test_a_full_stream_holds_up_no_other_and_doubles_nothing_there(
    database: Database, client: Client
) -> None:
    jetstream = client.jetstream()
    await limit(client, 1)
    config = (await jetstream.stream_info("INTERNAL")).config
    await jetstream.update_stream(dataclasses.replace(config, duplicate_window=0.2))
    await emit(database, 3)
    for number in range(2):
        gone = {"outcome": f"o{number}", "practice": "p1", "topic": "wellbeing"}
        async with database.transaction() as tx:
            tx.emit(OutcomeWithdrawn(revision=2, occurred_at=NOW, **gone))
    relay = asyncio.create_task(run_relay(database, client, "campaign"))

    async def is_all_else_told() -> bool:
        return await count_waiting(database) == 2

    await until(is_all_else_told, 20)
    await asyncio.sleep(1)  # longer than the window: what is sent once more is stored once more
    assert (await jetstream.stream_info("INTERNAL")).state.messages == 2
    assert await in_stream(client) == 1
    database.leave()
    await relay


async def test_rows_are_taken_by_their_bytes_and_not_only_by_their_number(database: Database) -> None:
    await emit(database, 12, "x" * 3_000_000)
    async with database.transaction() as tx:
        rows = await load_waiting(tx, "PUBLIC")
    assert 1 < len(rows) <= BATCH_BYTES // 3_000_000 + 1
    assert [row["id"] for row in rows] == [f"e{number:05}" for number in range(len(rows))]


async def test_what_no_broker_takes_is_refused_before_it_is_said(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.db.LARGEST_EVENT_BYTES", 300)
    with pytest.raises(TooLarge):
        async with database.transaction() as tx:
            tx.emit(story("s1", text="ä" * 150))
    assert await count_waiting(database) == 0


async def test_the_largest_that_may_be_said_arrives(database: Database, client: Client) -> None:
    await emit(database, 1, "x" * LARGEST_EVENT_BYTES)
    assert client.max_payload - HEADERS_BYTES >= LARGEST_EVENT_BYTES
    await relay_pass(database, client)
    assert await in_stream(client) == 1


async def test_a_row_that_this_broker_cannot_take_hinders_no_other(
    database: Database, client: Client
) -> None:
    await emit(database, 1, "x" * 5_000_000)
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE outbox SET id = 'large'"))
    await emit(database, 3)
    await relay_pass(database, client)
    assert await in_stream(client) == 3
    assert await count_waiting(database) == 1


def test_what_is_full_is_asked_ever_more_rarely_and_what_is_away_soon() -> None:
    full, away = APIError(code=503, err_code=10077), ServiceUnavailableError(code=503)
    pauses = [pause(full, failures, 0) for failures in (1, 3, 5, 50)]
    assert pauses == sorted(pauses)
    assert 7.5 <= pauses[-1] <= 15
    assert pause(away, 50, 0) <= 1
    assert len({pause(full, 9, 0) for _ in range(5)}) > 1
