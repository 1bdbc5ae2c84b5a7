"""What a broker lost is published again under its old ids; what was withdrawn never comes back."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from nats.aio.client import Client
from sqlalchemy import select

from shared.backbone import audit, outbox
from shared.db import Database
from shared.events import StoryPublished, StoryWithdrawn
from shared.republishing import Republished, republish
from shared.streams import connect, ensure_streams
from tests.shared.given import NOW, relay_pass, story


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(fresh_database, clock: Clock) -> AsyncIterator[Database]:
    made = Database(await fresh_database("campaign"), clock=clock, connections=3)
    yield made
    await made.close()


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    await ensure_streams(nats_url)
    found = await connect(nats_url, "test")
    yield found
    await found.close()


async def relay(database: Database, client: Client) -> None:
    while await relay_pass(database, client):
        pass


async def tell(database: Database, client: Client, *events: StoryPublished | StoryWithdrawn) -> None:
    async with database.transaction() as tx:
        for event in events:
            tx.emit(event)
    await relay(database, client)


async def lose_everything(client: Client, nats_url: str) -> None:
    for name in ("PUBLIC", "INTERNAL"):
        await client.jetstream().delete_stream(name)
    await ensure_streams(nats_url)


async def in_stream(client: Client) -> dict[str, str]:
    """The subjects of the stream with the id and the body of each message, in order."""
    jetstream = client.jetstream()
    last = (await jetstream.stream_info("PUBLIC")).state.last_seq
    found = {}
    for sequence in range(1, last + 1):
        message = await jetstream.get_msg("PUBLIC", sequence)
        found[(message.headers or {})["ce-id"]] = f"{message.subject} {(message.data or b'').decode()}"
    return found


async def again(database: Database, client: Client, since: datetime | None = None) -> Republished:
    async with database.transaction() as tx:
        done = await republish(tx, "operator", since)
    await relay(database, client)
    return done


async def test_a_broker_that_lost_everything_is_filled_again_as_it_was(
    database: Database, client: Client, nats_url: str
) -> None:
    await tell(database, client, story("s1"), story("s2"), story("s1", 2))
    before = await in_stream(client)
    await lose_everything(client, nats_url)
    assert (await again(database, client)).events == 3
    after = await in_stream(client)
    assert list(after.items()) == list(before.items())
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox.c.stream_sequence).order_by(outbox.c.position))
    assert [row["stream_sequence"] for row in rows] == [1, 2, 3]


async def test_only_what_went_out_since_a_moment_is_published_again(
    database: Database, client: Client, nats_url: str, clock: Clock
) -> None:
    await tell(database, client, story("s1"))
    clock.now += timedelta(hours=2)
    await tell(database, client, story("s2"))
    await lose_everything(client, nats_url)
    assert (await again(database, client, NOW + timedelta(hours=1))).events == 1
    assert ["s2" in body for body in (await in_stream(client)).values()] == [True]


async def test_what_was_withdrawn_never_comes_back(database: Database, client: Client, nats_url: str) -> None:
    await tell(database, client, story("s1", text="vain minun"), story("s2"))
    async with database.transaction() as tx:
        await tx.purge_key(StoryPublished, "s1")
        tx.emit(StoryWithdrawn(revision=2, occurred_at=NOW, story="s1"))
    await relay(database, client)
    await lose_everything(client, nats_url)
    assert (await again(database, client)).events == 2
    told = list((await in_stream(client)).values())
    assert [line.split()[0].split(".", 3)[3] for line in told] == [
        "story_published.v1.s2",
        "story_withdrawn.v1.s1",
    ]
    assert "vain minun" not in str(told)


async def test_a_broker_restored_from_a_copy_forgets_again_what_was_withdrawn_since(
    database: Database, client: Client
) -> None:
    await tell(database, client, story("s1", text="vain minun"), story("s2"))
    async with database.transaction() as tx:
        await tx.purge_key(StoryPublished, "s1")
    await relay(database, client)
    restored = story("s1", text="vain minun")
    await client.jetstream().publish(restored.subject, restored.model_dump_json().encode())
    assert (await again(database, client)).purges == 1
    last = await client.jetstream().stream_info("PUBLIC", subjects_filter="latu.public.campaign.>")
    assert list(last.state.subjects or {}) == [story("s2").subject]


@pytest.mark.parametrize("since", [None, timedelta(hours=10)])
async def test_a_restored_copy_forgets_what_was_withdrawn_of_a_thing_that_was_told_again(
    database: Database, client: Client, clock: Clock, since: timedelta | None
) -> None:
    config = (await client.jetstream().stream_info("PUBLIC")).config
    await client.jetstream().update_stream(dataclasses.replace(config, duplicate_window=0.2))
    await tell(database, client, story("s1", text="vain minun"))
    async with database.transaction() as tx:
        await tx.purge_key(StoryPublished, "s1")
    await tell(database, client, story("s1", 3))
    restored = story("s1", text="vain minun")
    await client.jetstream().publish(restored.subject, restored.model_dump_json().encode())
    assert (await again(database, client)).purges == 0  # too early: the broker knows the id of revision 3
    await asyncio.sleep(0.5)
    clock.now += timedelta(hours=5)
    done = await again(database, client, clock.now + since if since else None)
    assert (done.events, done.purges) == (1, 1)
    last = await client.jetstream().get_last_msg("PUBLIC", restored.subject)
    assert (last.headers or {})["ce-revision"] == "3"
    assert (await client.jetstream().stream_info("PUBLIC")).state.messages == 1


async def test_publishing_again_is_audited(database: Database, client: Client) -> None:
    await tell(database, client, story())
    await again(database, client)
    async with database.transaction() as tx:
        row = await tx.first(select(audit).where(audit.c.action == "outbox_republished"))
    assert row is not None
    assert (row["actor"], row["detail"]) == ("operator", {"since": None, "events": 1, "purges": 0})
