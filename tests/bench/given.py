"""The event that is sent through, and the handler that it meets."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, MetaData, Table, Text, insert

from shared.events import StoryPublished
from shared.messaging import Handlers, Tx

# About 1 KB as JSON, as an insight is.
TEXT = "Sovimme yhdessä etätyön pelisäännöt ja viikon yhteisen päivän. " * 12

effects = Table("bench_effects", MetaData(), Column("key", Text, primary_key=True))
events = Handlers("coaching")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    """The smallest effect: one row."""
    await tx.execute(insert(effects).values(key=event.story))


def story(key: str) -> StoryPublished:
    """An event of about 1 KB; its time is when it was made."""
    now = datetime.now(UTC)
    return StoryPublished(
        revision=1,
        occurred_at=now,
        story=key,
        title="Yhteiset pelisäännöt",
        text=TEXT,
        language="fi",
        topic="organising_work",
        published_at=now,
    )
