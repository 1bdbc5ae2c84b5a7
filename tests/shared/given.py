"""Events and services for the tests of the shared core."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from nats.aio.client import Client

from shared.db import Database
from shared.events import StoryPublished
from shared.outbox import Way, relay_once
from shared.streams import TOLD

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def story(key: str = "s1", revision: int = 1, text: str = "Kokemus") -> StoryPublished:
    """A published story: a small public event with text in it."""
    return StoryPublished(
        revision=revision,
        occurred_at=NOW,
        story=key,
        title="Otsikko",
        text=text,
        language="fi",
        topic="wellbeing",
        published_at=NOW,
    )


async def until(question: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait until the answer is yes."""
    async with asyncio.timeout(seconds):
        while not await question():
            await asyncio.sleep(0.02)


async def relay_pass(database: Database, client: Client, source: str = "campaign") -> bool:
    """What the relay does once for every stream; says whether there may be more."""
    return any([await relay_once(database, Way(client, source), stream) for stream in TOLD])
