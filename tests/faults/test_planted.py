"""The checks are not blind: each sees the fault of the code that it is for, planted into services that run."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig
from sqlalchemy.dialects.postgresql import Insert, insert

from deploy.embedded.plan import SERVICES
from services.campaign.timers.taking import DURABLE
from shared import inbox, outbox, replicas
from shared.backbone import outbox as table
from shared.consuming import EventSubscriber
from shared.db import Transaction
from shared.events import StoryPublished
from shared.streams import PARTNER
from tests.conftest import FreshDatabase
from tests.faults.checks import Expected
from tests.faults.poison import GARBAGE, NOBODYS, Dose
from tests.faults.scene import Scene
from tests.shared.given import story

DOSE = Dose(f"faults-{GARBAGE}1", StoryPublished, f"{GARBAGE}1", b"no JSON")


@pytest.fixture
async def scene(fresh_database: FreshDatabase, nats_url: str) -> AsyncIterator[Scene]:
    made = Scene({name: await fresh_database(name) for name in SERVICES}, nats_url)
    await made.open()
    yield made
    await made.close()


async def test_services_as_they_are_violate_nothing(scene: Scene) -> None:
    await scene.tell(story("s1"), story("s2"), story("s1", 2))
    await scene.tell_out_of_order(story("s3", 1), story("s3", 2))
    await scene.client.jetstream().publish(DOSE.subject, DOSE.body, headers=DOSE.headers)
    assert await scene.violations(Expected(doses=[DOSE])) == []


async def test_an_event_that_is_published_before_its_commit_is_seen(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def eager(tx: Transaction) -> None:
        for row in tx._emitted:
            headers = {"ce-id": row["id"], "ce-type": row["type"], "ce-revision": str(row["revision"])}
            await scene.client.jetstream().publish(row["subject"], row["body"].encode(), headers=headers)
        raise ConnectionError("the process ends before the commit")

    with monkeypatch.context() as planted, pytest.raises(ConnectionError):
        planted.setattr(Transaction, "flush", eager)
        await scene.tell(story("s1"))
    found = await scene.violations()
    assert any("in a stream and nobody emitted it" in one for one in found)
    assert any("handled" in one and "nobody emitted" in one for one in found)
    assert any("stories knows s1, of which nobody told" in one for one in found)


async def test_a_message_that_is_acknowledged_before_the_commit_is_seen(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hasty(subscriber: EventSubscriber, messages: Sequence[Msg]) -> None:
        await subscriber._acknowledge(messages)  # and the process ends

    monkeypatch.setattr(EventSubscriber, "handle", hasty)
    await scene.tell(story("s1"))
    found = await scene.violations()
    assert any("has no inbox row" in one for one in found)
    assert any("stories does not know s1" in one for one in found)


async def test_a_handler_without_an_inbox_row_is_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgetful(tx: Transaction, handler: str, event_ids: Sequence[str]) -> set[str]:
        return set(event_ids)

    monkeypatch.setattr(inbox, "first_times", forgetful)
    await scene.tell(story("s1"))
    found = await scene.violations()
    assert len(found) == 1
    assert "has no inbox row" in found[0]


async def test_a_replica_that_ignores_revisions_is_seen(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newest_wins(table: Any) -> Insert:
        fresh = insert(table)
        columns = {c.name: fresh.excluded[c.name] for c in table.c if c.name != "key"}
        return fresh.on_conflict_do_update(index_elements=[table.c.key], set_=columns)

    monkeypatch.setattr(replicas, "newer_only", newest_wins)
    await scene.tell_out_of_order(story("s1", 1), story("s1", 2))
    assert await scene.violations() == ["survey: stories has revision 1 of s1, told was 2"]


async def test_a_relay_that_marks_what_it_did_not_publish_is_seen(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lazy(way: outbox.Way, stream: str, rows: Sequence[Any]) -> dict[str, int]:
        return {row["id"]: 1 for row in rows}

    monkeypatch.setattr(outbox, "publish", lazy)
    await scene.tell(story("s1"))
    found = await scene.violations()
    assert any("is published and not in its stream" in one for one in found)


async def test_a_relay_that_publishes_twice_is_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_is = outbox.envelope

    def anonymous(row: Any, source: str) -> dict[str, str]:
        return {name: value for name, value in as_it_is(row, source).items() if name != "Nats-Msg-Id"}

    monkeypatch.setattr(outbox, "envelope", anonymous)
    await scene.tell(story("s1"))
    async with scene.campaign.transaction() as tx:
        await tx.execute(table.update().values(published_at=None))
    await scene.relay()
    assert any("is in its stream 2 times" in one for one in await scene.violations())


async def test_a_poison_message_that_is_dropped_is_seen(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drop(subscriber: EventSubscriber, message: Msg, reason: str) -> None:
        json.dumps(reason)

    monkeypatch.setattr(EventSubscriber, "_put_aside", drop)
    await scene.client.jetstream().publish(DOSE.subject, DOSE.body, headers=DOSE.headers)
    found = await scene.violations(Expected(doses=[DOSE]))
    assert found == [f"survey-campaign-story_published-v1 has no dead letter for {DOSE.id}"]


async def test_a_contribution_that_nobody_takes_is_seen(scene: Scene) -> None:
    js = scene.client.jetstream()
    await js.add_consumer(PARTNER, ConsumerConfig(durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT))
    await js.publish(NOBODYS, b"{}")
    assert await scene.violations() == [f"{DURABLE} has 1 messages to come and 0 in hand"]
