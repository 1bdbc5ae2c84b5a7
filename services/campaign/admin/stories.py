"""The moderators' desk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.campaign import commands, store
from shared.auth import Account, staff
from shared.errors import NotFound
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter(include_in_schema=False)
EDITORS = staff("editor")
Editor = Annotated[Account, EDITORS]


@router.get("/admin/stories", dependencies=[EDITORS])
async def show_queue(request: Request, tx: Tx) -> Response:
    """The stories that wait, and those that are published."""
    return render(
        request,
        "admin_stories.html",
        waiting=await store.list_stories(tx, "submitted"),
        published=await store.list_stories(tx, "published"),
        topic=vocabulary().topic,
    )


@router.get("/admin/stories/{key}", dependencies=[EDITORS])
async def show_story(request: Request, tx: Tx, key: str) -> Response:
    """One story with what a moderator needs to decide on it."""
    story = await store.load_story(tx, key)
    if story is None:
        raise NotFound("no_such_story", "There is no such story.")
    contact = await store.load_contact(tx, key)
    topic = vocabulary().topic(story.topic)
    return render(request, "admin_story.html", story=story, contact=contact, topic=topic)


@router.post("/admin/stories/{key}/publish")
async def publish_story(
    tx: Tx,
    account: Editor,
    key: str,
    title: Annotated[str, Form(max_length=1000)],
    text: Annotated[str, Form(max_length=20_000)],
) -> Response:
    """Publish, perhaps with names taken out."""
    await commands.publish_story(tx, key, account.name, title, text)
    return _back()


@router.post("/admin/stories/{key}/reject")
async def reject_story(
    tx: Tx, account: Editor, key: str, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Turn down; the words are erased."""
    await commands.reject_story(tx, key, account.name, reason)
    return _back()


@router.post("/admin/stories/{key}/remove")
async def remove_story(
    tx: Tx, account: Editor, key: str, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Take back for its teller; the words are erased."""
    await commands.remove_story(tx, key, account.name, reason)
    return _back()


def _back() -> Response:
    return RedirectResponse("/admin/stories", status_code=303)
