"""JSON for staff and for programs that act for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import AwareDatetime, BaseModel, Field

from services.campaign import announcements, commands, store
from services.campaign.posts import Post
from services.campaign.stories import Story
from services.campaign.themes import Theme
from services.campaign.wordings import Wording
from shared.auth import Account, staff
from shared.errors import NotFound
from shared.events import Text
from shared.requests import Tx
from shared.vocabulary import vocabulary

router = APIRouter(prefix="/admin/api")
ANYONE = staff()
EDITORS = staff("editor")
Editor = Annotated[Account, EDITORS]


class Note(BaseModel):
    """What readers are told; nothing stands for the usual words."""

    note: Text | None = None


class When(BaseModel):
    """A time to publish, with its offset."""

    at: AwareDatetime


class NewWording(BaseModel):
    """A title and a body; figures are written as places such as `{1}`."""

    title: Text
    body: Text


class Moderated(BaseModel):
    """A story as it shall be published; left out parts stay as told."""

    title: str | None = Field(default=None, max_length=200)
    text: str | None = Field(default=None, max_length=4000)


class Reason(BaseModel):
    """Why a story is turned down or removed."""

    reason: str = Field(default="", max_length=500)


NoNote = Annotated[Note, Body(default_factory=Note)]


@router.get("/status", dependencies=[ANYONE])
async def status(tx: Tx) -> dict[str, int]:
    """How much there is of everything."""
    posts, stories = await store.count_posts(tx), await store.count_stories(tx)
    return {
        "themes": sum(theme.status == "active" for theme in await store.list_themes(tx)),
        "drafts": posts.get("draft", 0),
        "approved": posts.get("approved", 0),
        "scheduled": posts.get("scheduled", 0),
        "posts": posts.get("published", 0) + posts.get("corrected", 0),
        "corrected": posts.get("corrected", 0),
        "held": posts.get("held", 0),
        "withdrawn": posts.get("withdrawn", 0),
        "stories": stories.get("published", 0),
        "stories_waiting": stories.get("submitted", 0),
    }


@router.get("/themes", dependencies=[ANYONE])
async def list_themes(tx: Tx) -> list[dict[str, Any]]:
    """The themes with their points, best first."""
    return [_theme(theme) for theme in await store.list_themes(tx)]


@router.get("/posts", dependencies=[ANYONE])
async def list_posts(tx: Tx, status: str = "") -> list[dict[str, Any]]:
    """The posts, or those in one state."""
    return [_post(post) for post in await store.list_posts(tx, *filter(None, [status]))]


@router.get("/posts/{key}", dependencies=[ANYONE])
async def read_post(tx: Tx, key: str) -> dict[str, Any]:
    """One post."""
    post = await store.load_post(tx, key)
    if post is None:
        raise NotFound("no_such_post", "There is no such post.")
    return _post(post)


@router.post("/posts/{key}/approve")
async def approve_post(tx: Tx, account: Editor, key: str) -> dict[str, Any]:
    """Approve a draft."""
    return _post(await commands.approve_post(tx, key, account.name))


@router.post("/posts/{key}/schedule")
async def schedule_post(tx: Tx, account: Editor, key: str, when: When) -> dict[str, Any]:
    """Schedule an approved post."""
    return _post(await commands.schedule_post(tx, key, when.at, account.name))


@router.post("/posts/{key}/publish")
async def publish_post(tx: Tx, account: Editor, key: str, said: NoNote) -> dict[str, Any]:
    """Publish at once, or give a held post back to its readers."""
    return _post(await commands.publish_post(tx, key, account.name, said.note))


@router.post("/posts/{key}/hold")
async def hold_post(tx: Tx, account: Editor, key: str, said: NoNote) -> dict[str, Any]:
    """Put on hold."""
    return _post(await commands.hold_post(tx, key, account.name, said.note))


@router.post("/posts/{key}/withdraw")
async def withdraw_post(tx: Tx, account: Editor, key: str, said: NoNote) -> dict[str, Any]:
    """Take back for good."""
    return _post(await commands.withdraw_post(tx, key, account.name, said.note))


@router.post("/posts/{key}/edit")
async def edit_post(tx: Tx, account: Editor, key: str, new: NewWording) -> dict[str, Any]:
    """Reword a draft or a held post."""
    return _post(await commands.edit_post(tx, key, account.name, Wording(new.title, new.body)))


@router.post("/posts/{key}/redraft")
async def redraft_post(tx: Tx, account: Editor, key: str) -> dict[str, Any]:
    """Write a post anew from the evidence of now."""
    return _post(await commands.redraft_post(tx, key, account.name))


@router.get("/stories", dependencies=[EDITORS])
async def list_stories(tx: Tx, status: str = "submitted") -> list[dict[str, Any]]:
    """The stories in a state; the tellers' addresses are not among it."""
    return [_story(story) for story in await store.list_stories(tx, status)]


@router.post("/stories/{key}/publish")
async def publish_story(
    tx: Tx, account: Editor, key: str, new: Annotated[Moderated, Body(default_factory=Moderated)]
) -> dict[str, Any]:
    """Publish a story as told or as moderated."""
    story = await store.load_story(tx, key)
    if story is None:
        raise NotFound("no_such_story", "There is no such story.")
    title = story.title if new.title is None else new.title
    text = story.text if new.text is None else new.text
    return _story(await commands.publish_story(tx, key, account.name, title, text))


@router.post("/stories/{key}/reject")
async def reject_story(tx: Tx, account: Editor, key: str, why: Reason) -> dict[str, Any]:
    """Turn a story down; its words are erased."""
    return _story(await commands.reject_story(tx, key, account.name, why.reason))


@router.post("/stories/{key}/remove")
async def remove_story(tx: Tx, account: Editor, key: str, why: Reason) -> dict[str, Any]:
    """Take a story back for its teller; its words are erased."""
    return _story(await commands.remove_story(tx, key, account.name, why.reason))


@router.get("/trace/{thing}", dependencies=[ANYONE])
async def trace(tx: Tx, thing: str) -> dict[str, Any]:
    """What a theme or a post stands on."""
    post = await store.load_post(tx, thing)
    if post is not None:
        return _trace_post(post)
    theme = await store.load_theme(tx, thing)
    if theme is None:
        raise NotFound("no_such_thing", "There is no theme or post with this name.")
    return {
        "kind": "theme",
        "key": theme.topic,
        "title": vocabulary().topic(theme.topic).model_dump(),
        "revision": 1,
        "status": theme.status,
        "evidence": [one.model_dump(mode="json") for one in theme.evidence],
        "points": asdict(theme.points),
    }


def _trace_post(post: Post) -> dict[str, Any]:
    return {
        "kind": "post",
        "key": post.key,
        "title": post.wording.title.model_dump(),
        "revision": post.revision,
        "status": post.status,
        "evidence": [one.model_dump(mode="json") for one in post.ground.evidence],
        "written_on": [one.model_dump(mode="json") for one in post.written_on.evidence],
        "theme": post.topic,
    }


def _theme(theme: Theme) -> dict[str, Any]:
    return {
        "topic": theme.topic,
        "status": theme.status,
        "score": theme.score,
        "points": asdict(theme.points),
        "evidence": [one.model_dump(mode="json") for one in theme.evidence],
    }


def _post(post: Post) -> dict[str, Any]:
    return {
        "post": post.key,
        "topic": post.topic,
        "status": post.status,
        "title": post.wording.title.model_dump(),
        "wording": post.wording.body.model_dump(),
        "body": announcements.body_as_read(post).model_dump(),
        "figures": [one.model_dump(mode="json") for one in announcements.figures(post)],
        "evidence": [one.model_dump(mode="json") for one in post.ground.evidence],
        "edited": post.edited,
        "stale": post.stale,
        "held_because": post.held_because,
        "correction": post.correction.model_dump() if post.correction else None,
        "scheduled_for": post.scheduled_for,
        "published_at": post.published_at,
        "changed_at": post.changed_at,
        "revision": post.revision,
        "synthetic": post.ground.synthetic or post.written_on.synthetic,
    }


def _story(story: Story) -> dict[str, Any]:
    return {**asdict(story), "story": story.key}
