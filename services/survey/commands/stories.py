"""Stories that the campaign published: open answers of another kind, kept apart from the counted ones."""

from __future__ import annotations

from services.survey.store.replicas import save_fact
from shared.db import Transaction
from shared.events import StoryPublished, StoryWithdrawn


async def keep_story(tx: Transaction, event: StoryPublished) -> None:
    """Keep a story as it is told now."""
    await save_fact(tx, event)


async def forget_story(tx: Transaction, event: StoryWithdrawn) -> None:
    """Forget a story's text, wherever it lies."""
    await save_fact(tx, event)
    await tx.forget_letters(StoryPublished, event.story, event.revision)
