"""A replica keeps the highest revision, whatever the order."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import MetaData, select

from shared.db import Database
from shared.events import StoryWithdrawn
from shared.replicas import replace_if_newer, replica_table
from tests.shared.given import NOW, story

metadata = MetaData()
stories = replica_table(metadata, "test_stories")


@pytest.fixture
async def replicas(database: Database) -> Database:
    async with database.engine.begin() as conn:
        await conn.run_sync(metadata.create_all)
    return database


HISTORY = (
    (story(revision=1, text="first"), True),
    (story(revision=2, text="second"), True),
    (StoryWithdrawn(revision=3, occurred_at=NOW, story="s1"), False),
)


async def test_every_order_with_repeats_ends_in_the_newest_state(replicas: Database) -> None:
    for order in permutations(HISTORY):
        async with replicas.transaction() as tx:
            await tx.run(stories.delete())
            for event, live in (*order, *order):
                await replace_if_newer(tx, stories, event, live=live)
            rows = await tx.all(select(stories))
        assert [(row["revision"], row["live"]) for row in rows] == [(3, False)]
        assert "text" not in rows[0]["state"]


async def test_an_older_or_equal_revision_changes_nothing_and_says_so(replicas: Database) -> None:
    async with replicas.transaction() as tx:
        assert await replace_if_newer(tx, stories, story(revision=2, text="second"))
        assert not await replace_if_newer(tx, stories, story(revision=2, text="other"))
        assert not await replace_if_newer(tx, stories, story(revision=1, text="first"))
        row = await tx.first(select(stories))
    assert row is not None
    assert row["state"]["text"] == "second"
