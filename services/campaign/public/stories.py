"""Stories: the form, its receipt, the published stories, and taking one back."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.campaign import commands, store, stories, thresholds
from services.campaign.stories import Telling
from shared import opened
from shared.errors import Invalid, NotFound, Refused
from shared.requests import Tx, render
from shared.vocabulary import vocabulary
from shared.web.languages import LANGUAGES, choose

router = APIRouter()
_FORM_KEY = re.compile(r"[0-9a-f]{32}")


class StoryForm(BaseModel):
    """What the page sends. `website` is a trap for programs: people do not see it."""

    form_key: str = Field(default="", max_length=32)
    title: str = Field(default="", max_length=1000)
    text: str = Field(default="", max_length=20_000)
    topic: str = Field(default="", max_length=40)
    language: str = Field(default="fi", max_length=2)
    consent: str = Field(default="", max_length=10)
    email: str = Field(default="", max_length=300)
    website: str = Field(default="", max_length=1000)

    def telling(self) -> Telling:
        """The same as the domain takes it."""
        return Telling(
            self.title, self.text, self.topic, self.language, bool(self.consent), self.email.strip()
        )


class StoryIn(BaseModel):
    """A story from a program, with the teller's consent to read and publish it."""

    title: str = Field(max_length=200)
    text: str = Field(max_length=4000)
    topic: str = Field(max_length=40)
    language: str = Field(max_length=2)
    consent: bool
    email: str = Field(default="", max_length=254)


@router.get("/stories", include_in_schema=False)
async def show_stories(request: Request, tx: Tx) -> Response:
    """The published stories."""
    told = await store.list_stories(tx, "published")
    return render(request, "stories.html", stories=told, topic=vocabulary().topic)


@router.get("/stories/new", include_in_schema=False)
async def show_form(request: Request) -> Response:
    """The form, with a key of its own so that sending it twice makes one story."""
    return _form(request, StoryForm(form_key=secrets.token_hex(16), language=choose(request)), {})


@router.post("/stories/new", include_in_schema=False)
async def submit_story(request: Request, tx: Tx, form: Annotated[StoryForm, Form()]) -> Response:
    """Take a story; the receipt shows the code with which it can be taken back."""
    wrong = stories.problems(form.telling())
    if form.website:
        wrong["website"] = "Leave the last field empty: it is a trap for programs."
    if wrong:
        return _form(request, form, wrong)
    key = form.form_key if _FORM_KEY.fullmatch(form.form_key) else None
    receipt = await commands.submit_story(tx, form.telling(), key)
    return render(request, "story_receipt.html", http_status=201, code=receipt.code)


@router.get("/stories/withdraw", include_in_schema=False)
async def show_withdrawal(request: Request) -> Response:
    """The form for taking a story back."""
    return render(request, "story_withdraw.html", error="", done=False)


@router.post("/stories/withdraw", include_in_schema=False)
async def withdraw_story(
    request: Request, tx: Tx, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Take a story back by its code."""
    try:
        await commands.withdraw_story(tx, code)
    except Refused as refused:
        return render(
            request, "story_withdraw.html", http_status=refused.status, error=refused.message, done=False
        )
    return render(request, "story_withdraw.html", error="", done=True)


@router.get("/stories/{key}", include_in_schema=False)
async def show_story(request: Request, tx: Tx, key: str) -> Response:
    """One published story."""
    story = await store.load_story(tx, key)
    if story is None or story.published_at is None:
        raise NotFound("no_such_story", "There is no such story.")
    if story.status != "published":
        return render(request, "story_withdrawn.html", http_status=410)
    return render(request, "story.html", story=story, topic=vocabulary().topic(story.topic))


@router.post("/api/stories", status_code=201)
async def submit_story_by_program(tx: Tx, story: StoryIn) -> dict[str, str]:
    """Take a story; `code` takes it back and is told this once."""
    receipt = await commands.submit_story(tx, Telling(**story.model_dump()))
    return {"story": receipt.story, "code": receipt.code}


@router.get("/api/stories", dependencies=[opened.ANY_SITE])
async def list_stories(tx: Tx) -> list[dict[str, Any]]:
    """The published stories, newest first."""
    told = await store.list_stories(tx, "published")
    return [
        stories.as_event(story, story.published_at).model_dump(mode="json", exclude={"occurred_at"})
        for story in told
        if story.published_at is not None
    ]


def _form(request: Request, form: StoryForm, wrong: dict[str, str]) -> Response:
    return render(
        request,
        "story_form.html",
        http_status=Invalid.status if wrong else 200,
        form=form,
        wrong=wrong,
        topics=vocabulary().topics,
        story_languages=LANGUAGES,
        limits=thresholds,
    )
