"""What staff do with posts, and what the clock does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.campaign import corrections, drafting, posts, store
from services.campaign.commands.planning import PUBLISHING, gather, material_on, save_step, weigh_topics
from services.campaign.posts import Post
from services.campaign.wordings import Wording
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import Text

DUE_AT_ONCE: Final = 50
CLOCK_ACTOR: Final = "clock"


async def approve_post(tx: Transaction, key: str, actor: str) -> Post:
    """A draft is good to go out."""
    return await _change(tx, key, actor, "post_approved", posts.approve)


async def schedule_post(tx: Transaction, key: str, at: datetime, actor: str) -> Post:
    """An approved post goes out at a time to come."""
    tx.wake(PUBLISHING)
    return await _change(tx, key, actor, "post_scheduled", lambda post: posts.schedule(post, at, tx.now))


async def publish_post(tx: Transaction, key: str, actor: str, note: Text | None = None) -> Post:
    """An approved post goes out now, or a held one goes back to its readers."""
    return await _change(tx, key, actor, "post_published", lambda post: posts.publish(post, tx.now, note))


async def hold_post(tx: Transaction, key: str, actor: str, note: Text | None = None) -> Post:
    """A live or scheduled post is put on hold."""
    said = note or corrections.held("staff")
    return await _change(tx, key, actor, "post_held", lambda post: posts.hold(post, said))


async def withdraw_post(tx: Transaction, key: str, actor: str, reason: Text | None = None) -> Post:
    """A post is taken back for good, or a draft discarded."""
    said = reason or corrections.WITHDRAWN
    return await _change(tx, key, actor, "post_withdrawn", lambda post: posts.withdraw(post, said))


async def edit_post(tx: Transaction, key: str, actor: str, wording: Wording) -> Post:
    """Reword a draft or a held post; figures stay those of the evidence."""
    await store.lock_plan(tx)
    post = await _found(tx, key)
    posts.check_ground(post)
    fresh = drafting.write(await material_on(tx, post.topic, post.ground))
    return await _change(tx, key, actor, "post_edited", lambda post: posts.edit(post, wording, fresh))


async def redraft_post(tx: Transaction, key: str, actor: str) -> Post:
    """Write a post anew from its theme's evidence of now; what was edited is lost.

    Raises:
        Refused: its leading insight no longer stands.
    """
    await store.lock_plan(tx)
    post = await _found(tx, key)
    theme = await store.load_theme(tx, post.topic)
    insights = await store.load_insights(tx, post.topic)
    taken = {other.lead for other in await store.list_posts(tx) if other.status != "draft"}
    chosen = drafting.beside(theme, insights, post.lead, taken) if theme else ()
    if theme is None or not chosen:
        raise Refused("post_evidence_gone", "The leading finding of this post no longer stands: withdraw it.")
    material = await gather(tx, theme, chosen)
    wording = drafting.write(material)
    return await _change(
        tx, key, actor, "post_redrafted", lambda post: posts.rewrite(post, wording, material.ground)
    )


async def publish_due_posts(tx: Transaction) -> bool:
    """Publish what is due; says whether there may be more."""
    await store.lock_plan(tx)
    due = await store.list_due_posts(tx, DUE_AT_ONCE)
    for post in due:
        await publish_post(tx, post.key, CLOCK_ACTOR)
    return len(due) == DUE_AT_ONCE


async def _change(tx: Transaction, key: str, actor: str, action: str, decide: Callable[[Post], Post]) -> Post:
    await store.lock_plan(tx)
    before = await _found(tx, key)
    after = await save_step(tx, before, decide(before))
    when = after.scheduled_for.isoformat() if after.scheduled_for else None
    await tx.audit(actor, action, key, {"from": before.status, "to": after.status, "scheduled_for": when})
    await weigh_topics(tx, {post.topic for post in (before, after)})
    return after


async def _found(tx: Transaction, key: str) -> Post:
    post = await store.load_post(tx, key)
    if post is None:
        raise NotFound("no_such_post", "There is no such post.")
    return post
