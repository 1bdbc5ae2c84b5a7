"""Public events as they lie in the stream, for tests of their history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.campaign import commands
from shared.db import Database
from shared.events import Event, StoryPublished, StoryWithdrawn
from shared.following import Heard, Place
from tests.campaign.given import NOW, insight


def heard(number: int, event: Event, *, at: datetime = NOW, stream: str = "s1") -> Heard:
    """The message with this sequence; its id follows from what it says."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": f"{event.name().split('.')[0]}-{event.key}-{event.revision}",
        "ce-source": f"/latu/{event.publisher()}",
        "ce-type": event.type_name(),
        "ce-subject": event.key,
        "ce-time": event.occurred_at.isoformat(),
        "ce-revision": str(event.revision),
        "ce-correlationid": "c1",
        "content-type": "application/json",
    }
    return Heard(Place(stream, number), at, event.subject, headers, event.model_dump_json().encode())


def findings(count: int, start: int = 1, *, each: timedelta = timedelta()) -> list[Heard]:
    """Messages of the stream from a sequence on, one finding each, so far apart in time."""
    return [
        heard(number, insight(f"i{number}"), at=NOW + each * (number - 1))
        for number in range(start, start + count)
    ]


def story(key: str = "s1", words: str = "Kävelemme palaverissa.") -> StoryPublished:
    return StoryPublished(
        revision=1,
        occurred_at=NOW,
        story=key,
        title="Kävellen",
        text=words,
        language="fi",
        topic="community",
        published_at=NOW,
    )


def story_withdrawn(key: str = "s1") -> StoryWithdrawn:
    return StoryWithdrawn(revision=2, occurred_at=NOW + timedelta(hours=1), story=key)


async def keep(database: Database, messages: Sequence[Heard]) -> None:
    """Keep messages in the history, in one transaction."""
    async with database.transaction() as tx:
        await commands.keep_public_events(tx, messages)
