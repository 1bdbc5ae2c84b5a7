"""The relay publishes everything once, in batches, and purges what was withdrawn."""

from __future__ import annotations

import asyncio

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from sqlalchemy import func, select

from shared.backbone import outbox, purges
from shared.db import Database, Transaction
from shared.events import OutcomeWithdrawn, StoryPublished
from shared.outbox import load_waiting, patience, purge_once, run_relay
from shared.streams import connect, ensure_streams
from tests.shared.given import NOW, relay_pass, story, until


@pytest.fixture
async def client(nats_url: str):
    await ensure_streams(nats_url)
    found = await connect(nats_url, "test")
    for stream in ("PUBLIC", "INTERNAL"):
        await found.jetstream().purge_stream(stream)
    yield found
    await found.close()


async def emit(database: Database, *events: object) -> None:
    async with database.transaction() as tx:
        for event in events:
            tx.emit(event)  # type: ignore[arg-type]


async def count_waiting(tx: Transaction) -> int:
    return int(
        await tx.value(select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None)))
    )


async def messages(client: Client, stream: str = "PUBLIC") -> int:
    return int((await client.jetstream().stream_info(stream)).state.messages)


async def test_an_event_goes_out_as_a_cloud_event_in_binary_mode(database: Database, client: Client) -> None:
    await emit(database, story())
    await relay_pass(database, client)
    message = await client.jetstream().get_last_msg("PUBLIC", story().subject)
    headers = message.headers or {}
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-type"] == "latu.campaign.story_published.v1"
    assert (headers["ce-source"], headers["ce-subject"], headers["ce-revision"]) == (
        "/latu/campaign",
        "s1",
        "1",
    )
    assert headers["ce-id"] == headers["Nats-Msg-Id"]
    assert StoryPublished.model_validate_json(message.data or b"") == story()


async def test_rows_are_kept_with_their_stream_sequence(database: Database, client: Client) -> None:
    await emit(database, *(story(f"s{number}") for number in range(7)))
    await relay_pass(database, client)
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox).order_by(outbox.c.position))
    for row in rows:
        message = await client.jetstream().get_msg("PUBLIC", row["stream_sequence"])
        assert message.subject == row["subject"]
    assert await messages(client) == 7


async def test_a_batch_that_was_published_before_a_crash_is_not_published_twice(
    database: Database, client: Client
) -> None:
    await emit(database, *(story(f"s{number}") for number in range(5)))
    await relay_pass(database, client)
    async with database.transaction() as tx:  # as if the relay had died before its commit
        await tx.run(outbox.update().values(published_at=None))
    await emit(database, story("s5"))
    await relay_pass(database, client)
    assert await messages(client) == 6
    async with database.transaction() as tx:
        assert await count_waiting(tx) == 0


async def test_two_relays_share_the_outbox_without_publishing_twice(
    database: Database, client: Client
) -> None:
    sent: list[str] = []  # what the relays send, before the stream could drop a repetition

    async def count(message: Msg) -> None:
        sent.append((message.headers or {})["ce-id"])

    listener = await client.subscribe("latu.public.>", cb=count)
    await emit(database, *(story(f"s{number}") for number in range(1200)))
    while any(await asyncio.gather(*(relay_pass(database, client) for _ in range(2)))):
        pass
    assert await messages(client) == 1200
    await client.flush()
    await listener.unsubscribe()
    assert len(sent) == len(set(sent)) == 1200


async def test_a_relay_takes_what_no_other_holds_and_waits_for_none(database: Database) -> None:
    await emit(database, *(story(f"s{number:04}") for number in range(700)))
    async with asyncio.timeout(5), database.transaction() as one, database.transaction() as two:
        first = {row["key"] for row in await load_waiting(one, "PUBLIC")}
        second = {row["key"] for row in await load_waiting(two, "PUBLIC")}
    assert (len(first), len(second)) == (500, 200)
    assert not first & second


async def test_a_relay_that_dies_gives_its_rows_back(database: Database, client: Client) -> None:
    await emit(database, story())
    dying = await database.engine.connect()
    await dying.begin()
    held = Transaction(dying, NOW)
    assert len(await load_waiting(held, "PUBLIC")) == 1
    assert not await relay_pass(database, client)
    assert await messages(client) == 0
    await dying.invalidate()
    await dying.close()

    async def arrived() -> bool:
        await relay_pass(database, client)
        return await messages(client) == 1

    await until(arrived)


async def test_both_audiences_go_to_their_own_stream(database: Database, client: Client) -> None:
    withdrawn = OutcomeWithdrawn(revision=2, occurred_at=NOW, outcome="o1", practice="p1", topic="wellbeing")
    await emit(database, story(), withdrawn, story("s2"))
    await relay_pass(database, client)
    assert await messages(client, "PUBLIC") == 2
    assert await messages(client, "INTERNAL") == 1


async def test_a_purge_takes_the_entity_out_of_the_stream(database: Database, client: Client) -> None:
    await emit(database, story("s1"), story("s2"))
    await relay_pass(database, client)
    async with database.transaction() as tx:
        await tx.purge_key(StoryPublished, "s1")
    await relay_pass(database, client)
    assert await messages(client) == 1
    async with database.transaction() as tx:
        assert await tx.value(select(purges.c.done_at)) is not None


async def test_a_commit_wakes_the_relay_before_it_polls(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outbox.POLL_SECONDS", 3600)
    relay = asyncio.create_task(run_relay(database, client, "campaign"))
    await asyncio.sleep(0.2)
    await emit(database, story())

    async def arrived() -> bool:
        return await messages(client) == 1

    await until(arrived)
    relay.cancel()


async def test_a_broker_that_lost_its_streams_is_given_them_again(database: Database, client: Client) -> None:
    for stream in ("PUBLIC", "INTERNAL"):
        await client.jetstream().delete_stream(stream)
    relay = asyncio.create_task(run_relay(database, client, "campaign"))
    await emit(database, story())

    async def published() -> bool:
        async with database.transaction() as tx:
            return await count_waiting(tx) == 0

    await until(published)
    assert await messages(client) == 1
    relay.cancel()


def test_a_broker_that_does_not_answer_is_given_more_time_but_not_at_once() -> None:
    waits = [patience(unanswered) for unanswered in range(10)]
    longest_election = 9.0
    assert sum(wait for wait in waits if wait == waits[0]) >= longest_election
    assert waits == sorted(waits)
    assert waits[-1] == patience(1000) == 10.0


async def tell_and_tell_again(database: Database, client: Client) -> None:
    """Revision 1 is in the stream; it is withdrawn and told again before the relay comes to either."""
    await emit(database, story("s1", 1, "vain minun"))
    await relay_pass(database, client)
    async with database.transaction() as tx:
        await tx.purge_key(StoryPublished, "s1")
    await emit(database, story("s1", 3))


async def revisions(client: Client) -> list[str]:
    """Which revisions of the story the stream holds."""
    jetstream = client.jetstream()
    state = (await jetstream.stream_info("PUBLIC")).state
    found = [await jetstream.get_msg("PUBLIC", at) for at in range(state.first_seq, state.last_seq + 1)]
    return [(message.headers or {})["ce-revision"] for message in found]


async def relay_all(database: Database, client: Client) -> None:
    while await relay_pass(database, client):
        pass


async def test_what_is_told_after_a_withdrawal_is_not_purged_with_it(
    database: Database, client: Client
) -> None:
    await tell_and_tell_again(database, client)
    await relay_all(database, client)
    assert await revisions(client) == ["3"]


async def test_nothing_is_told_of_a_thing_while_its_purge_is_not_done(
    database: Database, client: Client
) -> None:
    await tell_and_tell_again(database, client)
    await emit(database, story("s2", 2))
    dying = await database.engine.connect()
    await dying.begin()
    assert await purge_once(Transaction(dying, NOW), client, "PUBLIC")
    assert not await relay_pass(database, client)  # another relay, meanwhile
    assert await revisions(client) == ["2"]
    await dying.invalidate()  # the broker has purged, and nobody knows
    await dying.close()

    async def told() -> bool:
        await relay_pass(database, client)
        return await revisions(client) == ["2", "3"]

    await until(told)


async def test_a_purge_that_the_broker_does_late_takes_nothing_that_was_told_since(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[dict[str, object]] = []

    async def unanswered(_: JetStreamContext, name: str, **asked: object) -> bool:
        late.append({"name": name, **asked})
        raise TimeoutError

    await tell_and_tell_again(database, client)
    with monkeypatch.context() as patch, pytest.raises(TimeoutError):
        patch.setattr(JetStreamContext, "purge_stream", unanswered)
        await relay_pass(database, client)
    await relay_all(database, client)
    await client.jetstream().purge_stream(**late[0])
    assert await revisions(client) == ["3"]
