"""Events that the survey listens to."""

from __future__ import annotations

from services.survey.commands import stories
from shared.events import StoryPublished, StoryWithdrawn
from shared.messaging import Handlers, Tx

events = Handlers("survey")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    """A story is told: it is an open answer."""
    await stories.keep_story(tx, event)


@events.on(StoryWithdrawn)
async def on_story_withdrawn(event: StoryWithdrawn, tx: Tx) -> None:
    """A story is taken back."""
    await stories.forget_story(tx, event)
