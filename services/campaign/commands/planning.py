"""What follows a change: themes are weighed, posts follow their evidence, drafts are made."""

from __future__ import annotations

from collections.abc import Iterable

from services.campaign import announcements, drafting, posts, store, themes
from services.campaign.grounds import Ground
from services.campaign.posts import Post
from services.campaign.themes import Theme
from shared.db import Transaction
from shared.events import InsightReleased, ModelVersionPublished, PostWithdrawn, Text, Topic
from shared.loop import Effect
from shared.vocabulary import vocabulary

DRAFTING = "draft_posts"
PUBLISHING = "publish_due_posts"
EVIDENCE_ACTOR = "evidence"
CHANGED_PLAN = Effect("campaign", "campaign")


async def weigh_topics(tx: Transaction, topics: Iterable[Topic]) -> None:
    """Score these themes anew from what is known now. The caller holds the plan's lock."""
    shown = await store.list_shown_insights(tx)
    version = await store.load_version(tx)
    for topic in sorted(set(topics)):
        insights = await store.load_insights(tx, topic)
        told = (await store.count_stories(tx, topic)).get("published", 0)
        adopted = [one for one in version.recommendations if one.topic == topic] if version else []
        await store.save_theme(tx, themes.weigh(topic, insights.values(), shown, adopted, told))
    tx.wake(DRAFTING)


async def let_follow(tx: Transaction, affected: list[Post]) -> None:
    """Let posts follow their evidence. The caller holds the plan's lock."""
    keys = {one.insight for post in affected for one in post.written_on.insights}
    known = await store.load_known(tx, keys)
    for before in affected:
        after = posts.reconsider(before, known)
        await save_step(tx, before, after)
        if after.status != before.status:
            detail = {"from": before.status, "to": after.status, "because": after.held_because}
            await tx.audit(EVIDENCE_ACTOR, "post_followed_evidence", after.key, detail)


async def save_step(tx: Transaction, before: Post, after: Post) -> Post:
    """Keep a changed post and announce it when the public sees a difference."""
    stepped = announcements.step(before, after, tx.now)
    if stepped != before:
        await store.save_post(tx, stepped)
    if stepped.revision == before.revision:
        return stepped
    if stepped.status == "withdrawn":
        reason = stepped.hold_note or Text(fi="", en="")
        tx.emit(PostWithdrawn(revision=stepped.revision, occurred_at=tx.now, post=stepped.key, reason=reason))
    else:
        tx.emit(announcements.as_event(stepped, tx.now))
    return stepped


async def draft_posts(tx: Transaction) -> None:
    """Make a draft for each of the best themes; drop a draft that nobody edited when it is not among them."""
    await store.lock_plan(tx)
    known = {post.key: post for post in await store.list_posts(tx)}
    untouched = {key for key, post in known.items() if post.status == "draft" and not post.edited}
    wanted = {post.key: post for post in await _drafts_wanted(tx, known, untouched)}
    for key in untouched - wanted.keys():
        await store.delete_draft(tx, key)
    for key, post in wanted.items():
        if known.get(key) != post:
            await store.save_post(tx, post)
            await tx.audit(EVIDENCE_ACTOR, "post_drafted", key, {"revisions": _revisions(post)})
    if wanted != {key: known[key] for key in untouched}:
        await CHANGED_PLAN.reach(tx)


async def _drafts_wanted(tx: Transaction, known: dict[str, Post], untouched: set[str]) -> list[Post]:
    taken = {post.lead for key, post in known.items() if key not in untouched}
    in_hand = {post.topic for post in known.values() if post.status == "draft" and post.edited}
    found = []
    for theme in themes.best(await store.list_themes(tx)):
        insights = await store.load_insights(tx, theme.topic)
        chosen = drafting.choose(theme, insights, taken)
        if chosen and theme.topic not in in_hand:
            found.append(drafting.draft(await gather(tx, theme, chosen)))
    return found


async def gather(tx: Transaction, theme: Theme, chosen: tuple[InsightReleased, ...]) -> drafting.Material:
    """What a post on these insights is written from."""
    version: ModelVersionPublished | None = await store.load_version(tx)
    advice = drafting.best_advice(version, theme.topic, chosen[0].practice)
    return await material_on(tx, theme.topic, Ground(chosen, advice))


async def material_on(tx: Transaction, topic: Topic, ground: Ground) -> drafting.Material:
    """The same for a ground that is already chosen."""
    titles = await store.load_practice_titles(tx)
    name = vocabulary().topic(topic)
    return drafting.Material(name, ground, titles.get(ground.insights[0].practice))


def _revisions(post: Post) -> dict[str, int]:
    return {one.key: one.revision for one in post.ground.evidence}
