"""Queries of the stories and of the addresses that their tellers left."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import RowMapping, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.stories import Story
from services.campaign.tables import stories, story_contacts
from shared.db import Transaction


async def load_story(tx: Transaction, key: str) -> Story | None:
    """One story, locked until the transaction ends."""
    return _story_or_none(await tx.first(select(stories).where(stories.c.key == key).with_for_update()))


async def load_story_by_code(tx: Transaction, code_digest: str) -> Story | None:
    """The story with this withdrawal code, locked until the transaction ends."""
    mine = stories.c.code_digest == code_digest
    return _story_or_none(await tx.first(select(stories).where(mine).with_for_update()))


async def list_stories(tx: Transaction, status: str, topic: str | None = None) -> list[Story]:
    """The stories in a state: published ones newest first, others in the order they came."""
    order = stories.c.published_at.desc() if status == "published" else stories.c.submitted_at
    query = select(stories).where(stories.c.status == status).order_by(order, stories.c.key)
    rows = await tx.all(query.where(stories.c.topic == topic) if topic else query)
    return [_story(row) for row in rows]


async def save_new_story(tx: Transaction, story: Story, code_digest: str, email: str) -> bool:
    """Keep a new story and its teller's address apart from it; False when it is there already."""
    row = {**asdict(story), "hints": list(story.hints), "code_digest": code_digest}
    added = await tx.run(upsert(stories).values(row).on_conflict_do_nothing(index_elements=["key"])) == 1
    if added and email:
        await tx.execute(upsert(story_contacts).values(story=story.key, email=email))
    return added


async def save_story(tx: Transaction, story: Story) -> None:
    """Keep a story as it was decided on."""
    row = {**asdict(story), "hints": list(story.hints)}
    await tx.execute(stories.update().where(stories.c.key == story.key).values(row))


async def load_contact(tx: Transaction, story: str) -> str:
    """The address that the teller left for questions, or nothing."""
    return str(await tx.value(select(story_contacts.c.email).where(story_contacts.c.story == story)) or "")


async def delete_contact(tx: Transaction, story: str) -> None:
    """Erase the address."""
    await tx.execute(delete(story_contacts).where(story_contacts.c.story == story))


async def count_stories(tx: Transaction, topic: str | None = None) -> dict[str, int]:
    """How many stories are in each state."""
    query = select(stories.c.status, func.count().label("n")).group_by(stories.c.status)
    rows = await tx.all(query.where(stories.c.topic == topic) if topic else query)
    return {row["status"]: row["n"] for row in rows}


def _story_or_none(row: RowMapping | None) -> Story | None:
    return _story(row) if row is not None else None


def _story(row: RowMapping) -> Story:
    known = {name: value for name, value in row.items() if name != "code_digest"}
    return Story(**{**known, "hints": tuple(row["hints"])})
