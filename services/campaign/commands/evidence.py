"""Evidence in: insights, model versions and practices are kept, and themes and posts follow."""

from __future__ import annotations

from typing import get_args

from services.campaign import store
from services.campaign.commands.planning import DRAFTING, let_follow, weigh_topics
from shared.db import Transaction
from shared.events import InsightReleased, InsightRetracted, ModelVersionPublished, PracticePublished, Topic


async def keep_insight(tx: Transaction, event: InsightReleased | InsightRetracted) -> None:
    """An insight was released, revised or retracted: weigh its theme and let the posts on it follow."""
    await store.lock_plan(tx)
    before = await store.load_topic_of_insight(tx, event.insight)
    if await store.save_fact(tx, event):
        await weigh_topics(tx, {before or event.topic, event.topic})
        await let_follow(tx, await store.list_posts_on(tx, [event.insight]))


async def keep_version(tx: Transaction, event: ModelVersionPublished) -> None:
    """The model was published anew: weigh all themes and let the posts that quote it follow."""
    await store.lock_plan(tx)
    if await store.save_fact(tx, event):
        await weigh_topics(tx, get_args(Topic))
        await let_follow(tx, await store.list_posts_with_advice(tx))


async def keep_practice(tx: Transaction, event: PracticePublished) -> None:
    """A practice changed in the library: drafts name it by its newest title."""
    if await store.save_fact(tx, event):
        tx.wake(DRAFTING)


async def follow_evidence_anew(tx: Transaction, _: str) -> None:
    """Weigh every theme and let every post follow, from what the replicas say now."""
    await store.lock_plan(tx)
    told = {insight.topic for insight in (await store.load_insights(tx)).values()}
    weighed = {theme.topic for theme in await store.list_themes(tx)}
    await weigh_topics(tx, get_args(Topic) if await store.load_version(tx) else told | weighed)
    await let_follow(tx, [post for post in await store.list_posts(tx) if post.status != "withdrawn"])
