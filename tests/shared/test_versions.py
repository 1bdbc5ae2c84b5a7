"""A fact of an earlier version reaches handlers as one of the newest, whichever way it is read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from sqlalchemy import MetaData, select

from shared import dead_letters, envelopes
from shared.backbone import dead_letters as letters
from shared.backbone import outbox, purges
from shared.db import Database
from shared.dead_letters import Chosen
from shared.envelopes import UnknownVersion
from shared.events import Event, Key, StoryPublished
from shared.events.versions import NotUpcast, all_versions
from shared.messaging import Handlers, Tx, make_broker, subscribe
from shared.rebuild import Derived, Order, rebuild
from shared.replay import Asked, Replay
from shared.replicas import Replica, keep_fact, replica_table
from shared.streams import Durable, connect, ensure_durable, ensure_streams
from tests.shared.given import NOW, relay_pass, story, until

FIRST, SECOND = "latu.campaign.story_published.v1", "latu.campaign.story_published.v2"


class StoryAgain(Event):
    """A second version of a story: one text, with its title in it."""

    SUBJECT: ClassVar[str] = "latu.public.campaign.story_published.v2.<story>"
    EARLIER: ClassVar = {1: lambda old: {**old, "words": f"{old['title']}: {old['text']}"}}
    story: Key
    words: str

    def as_earlier(self) -> StoryPublished:
        """The first version, which wants more."""
        title, _, text = self.words.partition(": ")
        return story(self.story, self.revision, text).model_copy(update={"title": title})


def again(key: str = "s1", revision: int = 1, words: str = "Otsikko: Kokemus") -> StoryAgain:
    return StoryAgain(revision=revision, occurred_at=NOW, story=key, words=words)


TABLES = MetaData()
KEPT = replica_table(TABLES, "kept_stories")
REPLICAS = {StoryAgain: Replica(KEPT)}


class World:
    """A service that listens to the second version and keeps what it hears."""

    def __init__(self, database: Database, client: Client) -> None:
        self.database = database
        self.client = client
        self.seen: list[str] = []
        self.events = Handlers("coaching")

        @self.events.on(StoryAgain)
        async def on_story_again(event: StoryAgain, tx: Tx) -> None:
            await keep_fact(tx, REPLICAS, event)
            self.seen.append(event.words)

    async def publish(self, event: Event, event_id: str, body: bytes | None = None) -> None:
        headers = {"ce-id": event_id, "ce-type": event.type_name(), "ce-revision": str(event.revision)}
        said = event.model_dump_json().encode() if body is None else body
        await self.client.jetstream().publish(event.subject, said, headers=headers)

    async def emit(self, event: Event) -> str:
        async with self.database.transaction() as tx:
            event_id = tx.emit(event)
        await relay_pass(self.database, self.client)
        return event_id

    async def at_rest(self) -> bool:
        info = await self.client.jetstream().consumer_info("PUBLIC", Durable("coaching", StoryAgain).name)
        return info.num_pending == 0 and info.num_ack_pending == 0

    async def kept(self) -> dict[str, str]:
        async with self.database.transaction() as tx:
            return {row["key"]: row["state"]["words"] for row in await tx.all(select(KEPT))}

    async def letters(self) -> list[dict[str, Any]]:
        async with self.database.transaction() as tx:
            return [dict(row) for row in await tx.all(select(letters))]


@pytest.fixture
async def world(database: Database, nats_url: str) -> AsyncIterator[World]:
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    async with database.transaction() as tx:
        await tx.conn.run_sync(TABLES.create_all)
    made = World(database, client)
    broker = make_broker(nats_url, "coaching")
    subscribe(broker, made.events, database)
    await broker.start()
    yield made
    await broker.stop()
    await client.close()


async def test_the_live_consumer_reads_an_earlier_version_as_the_newest(world: World) -> None:
    await world.publish(story("s1"), "a")
    await world.publish(again("s2", words="Uusi: sana"), "b")
    await until(world.at_rest)
    assert await world.kept() == {"s1": "Otsikko: Kokemus", "s2": "Uusi: sana"}


async def test_a_fact_told_in_two_versions_is_handled_once_and_in_the_newest(world: World) -> None:
    event_id = await world.emit(again(words="Otsikko: Kokemus: loppu"))
    await until(world.at_rest)
    assert world.seen == ["Otsikko: Kokemus: loppu"]
    stream = world.client.jetstream()
    old = await stream.get_last_msg("PUBLIC", story().subject)
    assert (old.headers or {})["ce-id"] == f"{event_id}.v1"
    assert (old.headers or {})["ce-type"] == FIRST
    assert StoryPublished.model_validate_json(old.data or b"").text == "Kokemus: loppu"


async def test_a_copy_in_an_earlier_version_never_takes_the_place_of_the_newest(world: World) -> None:
    await world.publish(story(text="less"), "a.v1")
    await world.publish(again(words="more"), "a")
    await until(world.at_rest)
    assert world.seen == ["more"]


async def test_replay_and_rebuild_read_as_the_live_consumer_does(world: World) -> None:
    await world.publish(story("s1"), "a")
    await world.publish(story("s2", text="less"), "b.v1")
    await world.publish(again("s2", words="more"), "b")
    await until(world.at_rest)
    kept, stream = await world.kept(), world.client.jetstream()
    assert kept == {"s1": "Otsikko: Kokemus", "s2": "more"}
    for way in ("replay", "rebuild"):
        async with world.database.transaction() as tx:
            await tx.run(KEPT.delete())
        world.seen.clear()
        if way == "replay":
            done = await Replay(world.database, stream, world.events).run(Asked("PUBLIC", 1))
            assert not done.failed
            assert world.seen == ["Otsikko: Kokemus", "more"]
        else:
            derived = Derived(REPLICAS)
            rebuilt = await rebuild(world.database, stream, world.events, derived, Order("operator"))
            assert (rebuilt.events, rebuilt.skipped) == (2, 1)
        assert await world.kept() == kept


async def test_a_dead_letter_stays_as_it_came_and_is_redriven_as_the_newest(world: World) -> None:
    body = story().model_dump_json().encode()
    letter = dead_letters.Letter.of(
        Durable("coaching", StoryAgain), {"ce-id": "a", "ce-type": FIRST}, story().subject, body
    )
    async with world.database.transaction() as tx:
        await dead_letters.save(tx, letter, "a fault", 1)
    async with world.database.transaction() as tx:
        done = await dead_letters.redrive(tx, world.events, Chosen(), "operator")
    assert (done.handled, done.failed) == (1, ())
    assert await world.kept() == {"s1": "Otsikko: Kokemus"}


async def test_a_broken_body_of_an_earlier_version_is_put_aside_whole(world: World) -> None:
    await world.publish(story(), "a", b'{"title": "no text"}')
    await world.publish(story(), "b", b"[]")
    await until(world.at_rest)
    found = sorted((row["event_id"], row["reason"], row["body"]) for row in await world.letters())
    assert found == [
        ("a", "refused: not_upcast", '{"title": "no text"}'),
        ("b", "refused: not_upcast", "[]"),
    ]


async def test_what_fails_to_validate_after_upcasting_is_kept_as_it_came(world: World) -> None:
    body = b'{"story": "s1", "title": "a", "text": "b"}'
    await world.publish(story(), "a", body)
    await until(world.at_rest)
    (letter,) = await world.letters()
    assert (letter["body"], letter["type"], letter["headers"]["ce-type"]) == (body.decode(), SECOND, FIRST)


async def test_withdrawing_purges_every_version(world: World) -> None:
    await world.emit(again())
    async with world.database.transaction() as tx:
        tx.emit(again(revision=2))
        await tx.purge_key(StoryAgain, "s1")
    async with world.database.transaction() as tx:
        assert {row["body"] for row in await tx.all(select(outbox.c.body))} == {""}
        subjects = {row["subject"] for row in await tx.all(select(purges.c.subject))}
    assert subjects == {story().subject, again().subject}
    while await relay_pass(world.database, world.client):
        pass
    info = await world.client.jetstream().stream_info("PUBLIC")
    assert info.state.messages == 0


async def test_letters_of_every_version_are_forgotten_and_come_late_to_nothing(world: World) -> None:
    def letter(event: type[Event], event_id: str) -> dead_letters.Letter:
        headers = {"ce-id": event_id, "ce-type": FIRST, "ce-revision": "1"}
        return dead_letters.Letter.of(Durable("coaching", event), headers, "x.s1", b"{}")

    async with world.database.transaction() as tx:
        await dead_letters.save(tx, letter(StoryPublished, "old"), "a fault", 1)
        await tx.forget_letters(StoryAgain, "s1", 2)
        assert not await dead_letters.save(tx, letter(StoryPublished, "late"), "a fault", 1)
    async with world.database.transaction() as tx:
        await tx.forget_letters(StoryPublished, "s2", 2)
        other = dead_letters.Letter("h", "o", SECOND, "x.s2", "s2", "{}", {"ce-revision": "1"})
        assert not await dead_letters.save(tx, other, "a fault", 1)
    assert await world.letters() == []


async def test_a_durable_that_is_there_is_brought_up_to_all_its_subjects(world: World, nats_url: str) -> None:
    durable, stream = Durable("model", StoryAgain), world.client.jetstream()
    await stream.add_consumer(
        "PUBLIC", ConsumerConfig(durable_name=durable.name, filter_subject=durable.filter_subject)
    )
    await ensure_durable(stream, durable)
    info = await stream.consumer_info("PUBLIC", durable.name)
    assert info.config.filter_subjects == [f"{root}.*" for root in StoryAgain.roots()]


def test_one_service_listens_to_one_version() -> None:
    events = Handlers("coaching")
    events.on(StoryAgain)(lambda *_: None)
    with pytest.raises(ValueError, match="already has a handler"):
        events.on(StoryPublished)(lambda *_: None)
    assert events.of_type(FIRST) == events.of_type(SECOND)


def test_an_event_names_its_earlier_versions_newest_first() -> None:
    assert StoryAgain.type_names() == (SECOND, FIRST)
    assert StoryAgain.roots() == (
        "latu.public.campaign.story_published.v2",
        "latu.public.campaign.story_published.v1",
    )
    assert [(name, one.type_name()) for name, one in all_versions(again(), "a")] == [
        ("a", SECOND),
        ("a.v1", FIRST),
    ]


def test_what_is_of_no_known_version_is_refused() -> None:
    with pytest.raises(UnknownVersion):
        envelopes.read(StoryAgain, {"ce-type": "latu.campaign.story_published.v3"}, b"{}")
    with pytest.raises(UnknownVersion):
        envelopes.read(StoryPublished, {"ce-type": SECOND}, b"{}")
    with pytest.raises(NotUpcast):
        envelopes.read(StoryAgain, {"ce-type": FIRST}, json.dumps({"title": 1}).encode())
