"""The editors' desk: themes, drafts and posts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from services.campaign import announcements, commands, store
from services.campaign.wordings import Wording
from shared.auth import Account, staff
from shared.errors import Invalid, NotFound
from shared.events import Text
from shared.requests import Tx, render
from shared.vocabulary import vocabulary
from shared.web.pages import REGION_TIME

router = APIRouter(include_in_schema=False)
ANYONE = staff()
Anyone = Annotated[Account, ANYONE]
EDITORS = staff("editor")
Editor = Annotated[Account, EDITORS]


class WordingForm(BaseModel):
    """The fields of the page on which a post is edited."""

    title_fi: str = Field(default="", max_length=1000)
    title_en: str = Field(default="", max_length=1000)
    title_sv: str = Field(default="", max_length=1000)
    body_fi: str = Field(default="", max_length=20_000)
    body_en: str = Field(default="", max_length=20_000)
    body_sv: str = Field(default="", max_length=20_000)

    def wording(self) -> Wording:
        """The same as the domain takes it, with the line ends of a form made plain."""
        fields = {name: text.replace("\r\n", "\n").strip() for name, text in self.model_dump().items()}
        title = Text(fi=fields["title_fi"], en=fields["title_en"], sv=fields["title_sv"])
        return Wording(title, Text(fi=fields["body_fi"], en=fields["body_en"], sv=fields["body_sv"]))


class NoteForm(BaseModel):
    """What readers are told, in two languages or not at all."""

    note_fi: str = Field(default="", max_length=1000)
    note_en: str = Field(default="", max_length=1000)

    def note(self) -> Text | None:
        """The note, if there is one."""
        fi, en = self.note_fi.strip(), self.note_en.strip()
        if not fi and not en:
            return None
        if not fi or not en:
            raise Invalid("note_half", "Give the note in Finnish and in English, or in neither.")
        return Text(fi=fi, en=en)


@router.get("/admin", dependencies=[ANYONE])
async def show_desk(request: Request, tx: Tx) -> Response:
    """Themes with their points, and the posts by state."""
    return render(
        request,
        "admin_desk.html",
        themes=await store.list_themes(tx),
        posts=await store.list_posts(tx),
        stories_waiting=(await store.count_stories(tx)).get("submitted", 0),
        topic=vocabulary().topic,
    )


@router.get("/admin/posts/{key}")
async def show_post(request: Request, tx: Tx, account: Anyone, key: str) -> Response:
    """One post with its wording, its evidence and what can be done with it."""
    post = await store.load_post(tx, key)
    if post is None:
        raise NotFound("no_such_post", "There is no such post.")
    return render(
        request,
        "admin_post.html",
        post=post,
        body=announcements.body_as_read(post),
        topic=vocabulary().topic(post.topic),
        may_edit="editor" in account.roles,
    )


@router.post("/admin/posts/{key}/approve")
async def approve_post(tx: Tx, account: Editor, key: str) -> Response:
    """Approve a draft."""
    await commands.approve_post(tx, key, account.name)
    return _back(key)


@router.post("/admin/posts/{key}/schedule")
async def schedule_post(
    tx: Tx, account: Editor, key: str, at: Annotated[str, Form(max_length=30)]
) -> Response:
    """Schedule an approved post; the time is the region's."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid("schedule_time", "Give the time to publish as a date and a time.") from None
    local = moment if moment.tzinfo else moment.replace(tzinfo=REGION_TIME)
    await commands.schedule_post(tx, key, local, account.name)
    return _back(key)


@router.post("/admin/posts/{key}/publish")
async def publish_post(tx: Tx, account: Editor, key: str, form: Annotated[NoteForm, Form()]) -> Response:
    """Publish at once, or give a held post back to its readers."""
    await commands.publish_post(tx, key, account.name, form.note())
    return _back(key)


@router.post("/admin/posts/{key}/hold")
async def hold_post(tx: Tx, account: Editor, key: str, form: Annotated[NoteForm, Form()]) -> Response:
    """Put on hold."""
    await commands.hold_post(tx, key, account.name, form.note())
    return _back(key)


@router.post("/admin/posts/{key}/withdraw")
async def withdraw_post(tx: Tx, account: Editor, key: str, form: Annotated[NoteForm, Form()]) -> Response:
    """Take back for good."""
    await commands.withdraw_post(tx, key, account.name, form.note())
    return _back(key)


@router.post("/admin/posts/{key}/edit")
async def edit_post(tx: Tx, account: Editor, key: str, form: Annotated[WordingForm, Form()]) -> Response:
    """Reword."""
    await commands.edit_post(tx, key, account.name, form.wording())
    return _back(key)


@router.post("/admin/posts/{key}/redraft")
async def redraft_post(tx: Tx, account: Editor, key: str) -> Response:
    """Write anew from the evidence of now."""
    await commands.redraft_post(tx, key, account.name)
    return _back(key)


def _back(key: str) -> Response:
    return RedirectResponse(f"/admin/posts/{key}", status_code=303)
