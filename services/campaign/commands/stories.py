"""Stories in, through moderation, out again, and back when their teller wants."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from services.campaign import store, stories, thresholds
from services.campaign.commands.history import forget_public_events
from services.campaign.commands.planning import weigh_topics
from services.campaign.stories import Story, Telling
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import StoryPublished


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the teller gets: the only time that the code is seen."""

    story: str
    code: str


async def submit_story(tx: Transaction, telling: Telling, key: str | None = None) -> Receipt:
    """Take a story into the moderators' queue.

    Args:
        tx: the transaction.
        telling: what the form sent.
        key: made with the form, so that a form sent twice is one story.

    Raises:
        Invalid: something is wrong with the telling.
        Refused: it was received before, or too many stories wait.
    """
    story = stories.tell(key or tx.new_id(), telling, tx.now)
    if (await store.count_stories(tx)).get("submitted", 0) >= thresholds.STORIES_WAITING:
        raise Refused(
            "stories_waiting", "So many stories wait for a moderator that we cannot take more today."
        )
    code = stories.code_from(secrets.token_bytes(stories.CODE_BYTES))
    if not await store.save_new_story(tx, story, stories.code_digest(code), telling.email.strip()):
        raise Refused("story_received", "This story was already received; its code was shown then.")
    return Receipt(story.key, code)


async def publish_story(tx: Transaction, key: str, actor: str, title: str, text: str) -> Story:
    """Publish a story, perhaps with names taken out; it goes to the survey service as an open answer."""
    story, change = stories.publish(await _found(tx, key), title, text, tx.now)
    await store.save_story(tx, story)
    tx.emit(stories.as_event(story, tx.now))
    detail = {"changed": list(change.fields), "characters": change.characters}
    await tx.audit(actor, "story_published", key, detail)
    await _weigh(tx, story)
    return story


async def reject_story(tx: Transaction, key: str, actor: str, reason: str) -> Story:
    """Turn a story down and erase its words and its teller's address."""
    story = stories.reject(await _found(tx, key), reason, tx.now)
    await _forget(tx, story)
    await tx.audit(actor, "story_rejected", key)
    return story


async def remove_story(tx: Transaction, key: str, actor: str, reason: str) -> Story:
    """Staff take a story back for its teller or for the sake of others."""
    before = await _found(tx, key)
    story = await _withdraw(tx, before, reason)
    await tx.audit(actor, "story_removed", key)
    return story


async def withdraw_story(tx: Transaction, code: str) -> Story:
    """The teller takes the story back with the code from the receipt.

    Raises:
        NotFound: no story has this code.
    """
    before = await store.load_story_by_code(tx, stories.code_digest(code))
    if before is None:
        raise NotFound("no_such_code", "No story has this code. Check it against your receipt.")
    story = await _withdraw(tx, before, "")
    await tx.audit("teller", "story_withdrawn", story.key)
    return story


async def _withdraw(tx: Transaction, before: Story, reason: str) -> Story:
    story = stories.withdraw(before, tx.now, reason)
    await _forget(tx, story)
    if before.status == "published":
        await forget_public_events(tx, StoryPublished, story.key)
        await tx.purge_key(StoryPublished, story.key)
        tx.emit(stories.as_event(story, tx.now))
        await _weigh(tx, story)
    return story


async def _forget(tx: Transaction, story: Story) -> None:
    await store.save_story(tx, story)
    await store.delete_contact(tx, story.key)


async def _weigh(tx: Transaction, story: Story) -> None:
    await store.lock_plan(tx)
    await weigh_topics(tx, {story.topic})


async def _found(tx: Transaction, key: str) -> Story:
    story = await store.load_story(tx, key)
    if story is None:
        raise NotFound("no_such_story", "There is no such story.")
    return story
