"""Queries of the posts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.grounds import Advice, Ground
from services.campaign.posts import Post
from services.campaign.tables import posts
from services.campaign.wordings import Wording
from shared.db import Transaction
from shared.events import InsightReleased, Text


async def load_post(tx: Transaction, key: str) -> Post | None:
    """One post."""
    row = await tx.first(select(posts).where(posts.c.key == key))
    return _post(row) if row is not None else None


async def list_posts(tx: Transaction, *statuses: str) -> list[Post]:
    """The posts in these states (all, if none is named), the newest publication first, then by key."""
    query = select(posts).order_by(posts.c.published_at.desc().nulls_first(), posts.c.key)
    return await _posts(tx, query.where(posts.c.status.in_(statuses)) if statuses else query)


async def list_live_posts(tx: Transaction, limit: int | None = None, topic: str | None = None) -> list[Post]:
    """What the public can read, held posts included, newest first."""
    live = posts.c.published_at.is_not(None) & (posts.c.status != "withdrawn")
    query = select(posts).where(live).order_by(posts.c.published_at.desc(), posts.c.key).limit(limit)
    return await _posts(tx, query.where(posts.c.topic == topic) if topic else query)


async def list_posts_on(tx: Transaction, keys: Collection[str]) -> list[Post]:
    """The posts that stand on any of these insights and can still change."""
    on_them = posts.c.insights.overlap(list(keys)) & (posts.c.status != "withdrawn")
    return await _posts(tx, select(posts).where(on_them).order_by(posts.c.key))


async def list_posts_with_advice(tx: Transaction) -> list[Post]:
    """The posts that quote a recommendation and can still change."""
    quotes = func.jsonb_typeof(posts.c.written_on["advice"]) == "object"
    return await _posts(
        tx, select(posts).where(quotes & (posts.c.status != "withdrawn")).order_by(posts.c.key)
    )


async def list_due_posts(tx: Transaction, limit: int) -> list[Post]:
    """Scheduled posts whose time has come, the earliest first."""
    due = (posts.c.status == "scheduled") & (posts.c.scheduled_for <= tx.now)
    return await _posts(
        tx, select(posts).where(due).order_by(posts.c.scheduled_for, posts.c.key).limit(limit)
    )


async def save_post(tx: Transaction, post: Post) -> None:
    """Keep a post."""
    row = {
        "key": post.key,
        "topic": post.topic,
        "status": post.status,
        "insights": [one.insight for one in post.written_on.insights],
        "title": post.wording.title.model_dump(),
        "body": post.wording.body.model_dump(),
        "written_on": _ground_as_json(post.written_on),
        "ground": _ground_as_json(post.ground),
        "edited": post.edited,
        "stale": post.stale,
        "held_because": post.held_because,
        "note": post.note.model_dump() if post.note else None,
        "hold_note": post.hold_note.model_dump() if post.hold_note else None,
        "scheduled_for": post.scheduled_for,
        "published_at": post.published_at,
        "changed_at": post.changed_at,
        "revision": post.revision,
    }
    await tx.execute(upsert(posts).values(row).on_conflict_do_update(index_elements=["key"], set_=row))


async def delete_draft(tx: Transaction, key: str) -> None:
    """Drop a draft that nobody touched."""
    await tx.execute(
        delete(posts).where((posts.c.key == key) & (posts.c.status == "draft") & ~posts.c.edited)
    )


async def count_posts(tx: Transaction) -> dict[str, int]:
    """How many posts are in each state."""
    query = select(posts.c.status, func.count().label("n")).group_by(posts.c.status)
    return {row["status"]: row["n"] for row in await tx.all(query)}


async def _posts(tx: Transaction, query: Select[Any]) -> list[Post]:
    return [_post(row) for row in await tx.all(query)]


def _post(row: RowMapping) -> Post:
    return Post(
        key=row["key"],
        topic=row["topic"],
        wording=Wording(Text.model_validate(row["title"]), Text.model_validate(row["body"])),
        written_on=_ground(row["written_on"]),
        ground=_ground(row["ground"]),
        status=row["status"],
        edited=row["edited"],
        stale=row["stale"],
        held_because=row["held_because"],
        note=_text(row["note"]),
        hold_note=_text(row["hold_note"]),
        scheduled_for=row["scheduled_for"],
        published_at=row["published_at"],
        changed_at=row["changed_at"],
        revision=row["revision"],
    )


def _text(stored: dict[str, str] | None) -> Text | None:
    return Text.model_validate(stored) if stored is not None else None


def _ground(stored: dict[str, Any]) -> Ground:
    advice = stored["advice"]
    return Ground(
        insights=tuple(InsightReleased.model_validate(one) for one in stored["insights"]),
        advice=Advice(**{**advice, "text": Text.model_validate(advice["text"])}) if advice else None,
    )


def _ground_as_json(ground: Ground) -> dict[str, Any]:
    advice = ground.advice
    return {
        "insights": [one.model_dump(mode="json") for one in ground.insights],
        "advice": {**asdict(advice), "text": advice.text.model_dump()} if advice else None,
    }
