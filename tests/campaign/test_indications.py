"""No theme and no post stands on an indication; when a finding is demoted or retracted, posts react at once."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import httpx
import pytest

from services.campaign import commands, corrections, store
from services.campaign.posts import Post
from shared.db import Database
from shared.events import InsightRetracted
from shared.events.survey import RetractionReason
from tests.campaign.conftest import Clock
from tests.campaign.given import NOW, figure, indication, insight
from tests.campaign.test_handlers import hear, publish_everything, state

EVERY_REASON = pytest.mark.parametrize("reason", get_args(RetractionReason))


def gone(reason: RetractionReason = "demoted", revision: int = 2) -> InsightRetracted:
    return InsightRetracted(
        insight="i1", revision=revision, occurred_at=NOW, round="r1", topic="leadership", reason=reason
    )


async def the_post(database: Database) -> Post:
    async with database.transaction() as tx:
        (post,) = await store.list_posts(tx)
    return post


async def schedule(database: Database, clock: Clock) -> None:
    async with database.transaction() as tx:
        await commands.draft_posts(tx)
        (post,) = await store.list_posts(tx, "draft")
        await commands.approve_post(tx, post.key, "editor")
        await commands.schedule_post(tx, post.key, clock.now + timedelta(hours=1), "editor")


async def test_an_indication_handed_in_by_mistake_becomes_neither_theme_nor_post(database: Database) -> None:
    with pytest.raises(KeyError):
        async with database.transaction() as tx:
            await commands.keep_insight(tx, indication("i1"))  # type: ignore[arg-type]
    async with database.transaction() as tx:
        await commands.draft_posts(tx)
        assert await store.list_posts(tx) == []
    assert (await state(database))["themes"] == []


@EVERY_REASON
async def test_every_retraction_leaves_its_theme_dormant(
    database: Database, reason: RetractionReason
) -> None:
    await hear(database, insight("i1"))
    assert [theme.topic for theme in (await state(database))["themes"]] == ["leadership"]
    await hear(database, gone(reason))
    assert (await state(database))["themes"] == []


@EVERY_REASON
async def test_every_retraction_holds_a_scheduled_post_and_the_clock_leaves_it(
    database: Database, clock: Clock, reason: RetractionReason
) -> None:
    await hear(database, insight("i1"))
    await schedule(database, clock)
    await hear(database, gone(reason))
    clock.move(hours=2)
    async with database.transaction() as tx:
        await commands.publish_due_posts(tx)
    held = await the_post(database)
    assert (held.status, held.held_because, held.live) == ("held", "retracted", False)


@EVERY_REASON
async def test_every_retraction_holds_a_live_post_and_takes_its_figure_away(
    site: httpx.AsyncClient, database: Database, reason: RetractionReason
) -> None:
    await hear(database, insight("i1"))
    await publish_everything(database)
    place = f"/posts/{(await the_post(database)).key}"
    assert "2,0–2,4" in (await site.get(place)).text
    await hear(database, gone(reason))
    page = (await site.get(place)).text
    assert "2,0–2,4" not in page
    assert corrections.held("retracted").fi in page


async def test_a_live_post_stands_again_when_its_finding_is_confirmed_again(database: Database) -> None:
    await hear(database, insight("i1"))
    await publish_everything(database)
    await hear(database, gone())
    assert (await the_post(database)).status == "held"
    await hear(database, insight("i1", 5))
    again = await the_post(database)
    assert (again.status, [one.revision for one in again.ground.insights]) == ("published", [5])


async def test_a_live_post_tells_the_new_figure_of_a_finding_that_is_confirmed_again(
    database: Database,
) -> None:
    await hear(database, insight("i1"))
    await publish_everything(database)
    await hear(database, gone(), insight("i1", 5, figure=figure(2.1, 2.5)))
    again = await the_post(database)
    assert again.status == "corrected"
    assert again.correction is not None
    assert "2,1–2,5" in again.correction.fi


async def test_a_scheduled_post_goes_out_when_its_finding_is_confirmed_again(
    database: Database, clock: Clock
) -> None:
    await hear(database, insight("i1"))
    await schedule(database, clock)
    await hear(database, gone())
    clock.move(hours=2)
    async with database.transaction() as tx:
        await commands.publish_due_posts(tx)
    assert (await the_post(database)).status == "held"
    await hear(database, insight("i1", 5))
    async with database.transaction() as tx:
        await commands.publish_due_posts(tx)
    assert (await the_post(database)).status == "published"
