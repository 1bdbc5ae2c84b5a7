"""Queries of the themes."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.tables import posts, themes
from services.campaign.themes import Points, Theme
from shared.db import Transaction
from shared.events import Evidence


async def save_theme(tx: Transaction, theme: Theme) -> None:
    """Keep a theme as it was weighed."""
    row = {
        "topic": theme.topic,
        "status": theme.status,
        "score": theme.score,
        "points": asdict(theme.points),
        "insights": list(theme.insights),
        "evidence": [one.model_dump(mode="json") for one in theme.evidence],
    }
    fresh = upsert(themes).values(**row, changed_at=tx.now)
    changed = [getattr(themes.c, name).is_distinct_from(fresh.excluded[name]) for name in row]
    await tx.execute(
        fresh.on_conflict_do_update(
            index_elements=["topic"], set_={**row, "changed_at": tx.now}, where=or_(*changed)
        )
    )


async def load_theme(tx: Transaction, topic: str) -> Theme | None:
    """One theme."""
    row = await tx.first(select(themes).where(themes.c.topic == topic))
    return _theme(row) if row is not None else None


async def list_themes(tx: Transaction) -> list[Theme]:
    """All themes, best first."""
    rows = await tx.all(select(themes).order_by(themes.c.score.desc(), themes.c.topic))
    return [_theme(row) for row in rows]


async def list_shown_insights(tx: Transaction) -> set[str]:
    """Keys of the insights that a published post has shown."""
    rows = await tx.all(
        select(func.unnest(posts.c.insights).label("key")).where(posts.c.published_at.is_not(None))
    )
    return {row["key"] for row in rows}


def _theme(row: RowMapping) -> Theme:
    return Theme(
        topic=row["topic"],
        status=row["status"],
        points=Points(**row["points"]),
        insights=tuple(row["insights"]),
        evidence=tuple(Evidence.model_validate(one) for one in row["evidence"]),
    )
