"""Events in: any order and any repeats end in the same themes and live posts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from services.campaign import announcements, commands, store
from services.campaign.handlers import events
from shared.db import Database
from shared.events import Event, IndicationReleased, IndicationRetracted
from tests.campaign.given import (
    LATER,
    NOW,
    figure,
    insight,
    practice,
    recommendation,
    retracted,
    version,
)

FIRST: list[Event] = [
    insight("i1"),
    insight("i2", topic="wellbeing", certainty="moderate"),
    insight("i3", certainty="low"),
    insight("i5", topic="workspaces"),
    version(1, recommendation()),
    practice(),
]
THEN: list[Event] = [
    insight("i1", 2, figure=figure(2.1, 2.5)),
    insight("i1", 3, figure=figure(1.2, 1.6)),
    retracted("i2", 2, "wellbeing"),
    insight("i2", 3, topic="wellbeing", direction="high", figure=figure(3.9, 4.1)),
    retracted("i3", 2),
    insight("i4", topic="community"),
    retracted("i4", 2, "community"),
    retracted("i5", 2, "workspaces"),
    insight("i5", 3, topic="workspaces", figure=figure(2.2, 2.4)),
    version(2, recommendation(under_review=True)),
    version(3, recommendation(revision=2), recommendation("rec2", topic="wellbeing")),
    practice(revision=2, status="withdrawn"),
]


async def hear(database: Database, *facts: Event, at_once: int = 1) -> None:
    """Handle facts in transactions of so many, as they come in batches."""
    for start in range(0, len(facts), at_once):
        async with database.transaction() as tx:
            for fact in facts[start : start + at_once]:
                await events.by_event[type(fact)](fact, tx)


async def publish_everything(database: Database) -> None:
    async with database.transaction() as tx:
        await commands.draft_posts(tx)
        for post in await store.list_posts(tx, "draft"):
            await commands.approve_post(tx, post.key, "editor")
            await commands.publish_post(tx, post.key, "editor")


async def state(database: Database) -> dict[str, Any]:
    """What must not depend on the order: themes and what the public sees of posts."""
    async with database.transaction() as tx:
        live = await store.list_live_posts(tx)
        return {
            "themes": [theme for theme in await store.list_themes(tx) if theme.status == "active"],
            "posts": {
                post.key: announcements.as_event(post, NOW).model_copy(update={"revision": 1})
                for post in live
            },
        }


async def empty(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sql("TRUNCATE insights, model_versions, practices, themes, posts, stories CASCADE"))


async def outcome(database: Database, then: Sequence[Event], at_once: int = 1) -> dict[str, Any]:
    await empty(database)
    await hear(database, *FIRST, at_once=len(FIRST))
    await publish_everything(database)
    await hear(database, *then, at_once=at_once)
    return await state(database)


def test_indications_are_never_listened_to() -> None:
    assert IndicationReleased not in events.by_event
    assert IndicationRetracted not in events.by_event
    heard = {durable.filter_subject for durable in events.durables()}
    assert not [subject for subject in heard if "indication" in subject]
    assert heard


@given(st.data())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_order_with_duplicates_ends_in_the_same_themes_and_live_posts(
    database: Database, data
) -> None:
    again = data.draw(st.lists(st.sampled_from(FIRST + THEN), max_size=6))
    mixed = data.draw(st.permutations(THEN + again))
    straight = await outcome(database, THEN)
    assert {post.status for post in straight["posts"].values()} == {"held", "corrected"}
    assert await outcome(database, mixed, data.draw(st.sampled_from([1, 4, 99]))) == straight


async def test_a_retraction_that_comes_before_its_release_wins(database: Database) -> None:
    await hear(database, retracted("i1", 2), insight("i1"))
    assert (await state(database))["themes"] == []


async def test_an_insight_that_moves_to_another_topic_leaves_its_old_theme(database: Database) -> None:
    await hear(database, insight("i1"), insight("i1", 2, topic="community"))
    assert [theme.topic for theme in (await state(database))["themes"]] == ["community"]


async def test_the_same_event_again_changes_and_announces_nothing(database: Database) -> None:
    await hear(database, *FIRST)
    await publish_everything(database)
    before, announced = await state(database), await count_outbox(database)
    await hear(database, *FIRST)
    assert (await state(database), await count_outbox(database)) == (before, announced)


async def count_outbox(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.value(sql("SELECT count(*) FROM outbox")))


@pytest.mark.parametrize("fact", [insight(), version(1), practice()], ids=lambda fact: type(fact).__name__)
async def test_new_evidence_wakes_drafting(database: Database, fact: Event) -> None:
    await hear(database, fact)
    assert database.signal("draft_posts").is_set()


def test_the_history_has_every_kind_of_change_in_it() -> None:
    assert LATER > NOW
    assert {type(fact) for fact in FIRST + THEN} == set(events.by_event)
