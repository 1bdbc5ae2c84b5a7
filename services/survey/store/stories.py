"""Stories in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, select

from services.survey.tables.answers import stories
from shared.db import Transaction


async def list_stories(tx: Transaction) -> Sequence[RowMapping]:
    """The stories that are told now, newest first."""
    return await tx.all(select(stories).where(stories.c.live).order_by(stories.c.occurred_at.desc()))
