"""Stories come and go as they are told; in any order the newest word stands."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import text

from services.survey.handlers import events
from services.survey.store.stories import list_stories
from shared import dead_letters
from shared.db import Database
from shared.events import Event, StoryPublished, StoryWithdrawn
from tests.survey.asked import NOW


def told(revision: int, words: str, key: str = "s1") -> StoryPublished:
    return StoryPublished(
        revision=revision,
        occurred_at=NOW,
        story=key,
        title="Otsikko",
        text=words,
        language="fi",
        topic="wellbeing",
        published_at=NOW,
    )


def withdrawn(revision: int) -> StoryWithdrawn:
    return StoryWithdrawn(revision=revision, occurred_at=NOW, story="s1")


async def handle(database: Database, *history: Event) -> None:
    for event in history:
        async with database.transaction() as tx:
            await events.by_event[type(event)](event, tx)


async def live(database: Database) -> dict[str, str]:
    async with database.transaction() as tx:
        return {row["key"]: row["state"]["text"] for row in await list_stories(tx)}


HISTORIES: list[tuple[Event, ...]] = [
    (told(1, "ensin"), told(2, "sitten")),
    (told(1, "ensin"), withdrawn(2), told(3, "taas")),
    (told(1, "ensin"), told(2, "sitten"), withdrawn(3)),
]


@pytest.mark.parametrize("history", HISTORIES, ids=["reworded", "told again", "withdrawn"])
async def test_any_order_and_repeat_end_in_the_same(database: Database, history: tuple[Event, ...]) -> None:
    ends = []
    for order in permutations((*history, history[0])):
        async with database.transaction() as tx:
            await tx.execute(text("DELETE FROM stories"))
        await handle(database, *order)
        ends.append(await live(database))
    last = history[-1]
    assert ends[0] == ({"s1": last.text} if isinstance(last, StoryPublished) else {})
    assert all(end == ends[0] for end in ends)


async def test_a_withdrawn_story_leaves_no_text(database: Database) -> None:
    await handle(database, told(1, "vain minun"), told(1, "jonkun muun", key="s2"), withdrawn(2))
    assert await live(database) == {"s2": "jonkun muun"}
    async with database.transaction() as tx:
        assert "vain minun" not in str(await tx.value(text("SELECT json_agg(stories) FROM stories")))


async def test_a_withdrawn_story_lies_in_no_dead_letter(database: Database) -> None:
    letter = dead_letters.Letter("h", "e1", StoryPublished.type_name(), "x.s1", "s1", "teksti", {})
    other = dead_letters.Letter("h", "e2", StoryPublished.type_name(), "x.s2", "s2", "toinen", {})
    async with database.transaction() as tx:
        await dead_letters.save(tx, letter, "reason", 1)
        await dead_letters.save(tx, other, "reason", 1)
    await handle(database, withdrawn(2))
    async with database.transaction() as tx:
        assert [row["key"] for row in await dead_letters.list_letters(tx)] == ["s2"]
