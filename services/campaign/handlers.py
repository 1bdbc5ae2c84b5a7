"""Events in. Indications are not among them: only what is confirmed may become a theme or a post."""

from __future__ import annotations

from services.campaign import commands
from shared.events import InsightReleased, InsightRetracted, ModelVersionPublished, PracticePublished
from shared.messaging import Handlers, Tx

events = Handlers("campaign")


@events.on(InsightReleased)
async def on_insight_released(event: InsightReleased, tx: Tx) -> None:
    """A finding was confirmed or restated."""
    await commands.keep_insight(tx, event)


@events.on(InsightRetracted)
async def on_insight_retracted(event: InsightRetracted, tx: Tx) -> None:
    """A finding no longer holds."""
    await commands.keep_insight(tx, event)


@events.on(ModelVersionPublished)
async def on_model_version_published(event: ModelVersionPublished, tx: Tx) -> None:
    """The remote-work model has a new version."""
    await commands.keep_version(tx, event)


@events.on(PracticePublished)
async def on_practice_published(event: PracticePublished, tx: Tx) -> None:
    """The practice library changed."""
    await commands.keep_practice(tx, event)
