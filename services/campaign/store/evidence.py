"""Queries of the evidence: replicas of insights, model versions and practices."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select

from services.campaign.grounds import Known, advice_in
from services.campaign.tables import insights, model_versions, practices
from shared.db import Transaction
from shared.events import (
    Event,
    InsightReleased,
    InsightRetracted,
    ModelVersionPublished,
    PracticePublished,
    Text,
    Topic,
)
from shared.replicas import Replica, Replicas, keep_fact

REPLICAS: Final[Replicas] = {
    InsightReleased: Replica(insights),
    InsightRetracted: Replica(insights, live=False),
    ModelVersionPublished: Replica(model_versions),
    PracticePublished: Replica(practices, live=lambda event: event.status == "published"),
}
_PLAN_LOCK: Final = 5_283_114


async def lock_plan(tx: Transaction) -> None:
    """One writer of themes and posts at a time.

    What is derived from several replicas would else be derived from halves of what two transactions know.
    """
    await tx.execute(select(func.pg_advisory_xact_lock(_PLAN_LOCK)))


async def save_fact(tx: Transaction, event: Event) -> bool:
    """Keep what another service told, when it is newer than what is kept; says whether it was."""
    return await keep_fact(tx, REPLICAS, event)


async def load_topic_of_insight(tx: Transaction, key: str) -> Topic | None:
    """The topic under which an insight is known, retracted ones included."""
    found: Topic | None = await tx.value(
        select(insights.c.state["topic"].astext).where(insights.c.key == key)
    )
    return found


async def load_insights(tx: Transaction, topic: Topic | None = None) -> dict[str, InsightReleased]:
    """The live insights, of one topic or all, by key."""
    query = select(insights.c.key, insights.c.state).where(insights.c.live)
    if topic is not None:
        query = query.where(insights.c.state["topic"].astext == topic)
    return {row["key"]: InsightReleased.model_validate(row["state"]) for row in await tx.all(query)}


async def load_version(tx: Transaction) -> ModelVersionPublished | None:
    """The newest version of the model, if one was published."""
    state = await tx.value(select(model_versions.c.state).order_by(model_versions.c.revision.desc()).limit(1))
    return ModelVersionPublished.model_validate(state) if state is not None else None


async def load_practice_titles(tx: Transaction) -> dict[str, Text]:
    """Titles of the practices that are in the library."""
    rows = await tx.all(
        select(practices.c.key, practices.c.state["title"].label("title")).where(practices.c.live)
    )
    return {row["key"]: Text.model_validate(row["title"]) for row in rows}


async def load_known(tx: Transaction, keys: Collection[str]) -> Known:
    """What of these insights is live, and the recommendations that may be quoted."""
    query = select(insights.c.key, insights.c.state).where(insights.c.live & insights.c.key.in_(keys))
    found = {row["key"]: InsightReleased.model_validate(row["state"]) for row in await tx.all(query)}
    return Known(insights=found, advice=advice_in(await load_version(tx)))
