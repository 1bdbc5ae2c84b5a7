"""Dead letters for people: groups of failures, the letters of one, a letter whole, what to do with them."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from shared.auth import Account, staff
from shared.dead_letters import deciding, listing
from shared.dead_letters.deciding import Chosen
from shared.errors import Invalid
from shared.requests import Tx, render

router = APIRouter(include_in_schema=False)
PAGE = "/admin/dead-letters"


@router.get(PAGE, dependencies=[staff("operator")])
async def show_groups(request: Request, tx: Tx) -> Response:
    """The failures that wait for a decision."""
    return render(request, "dead_letters.html", groups=await listing.list_groups(tx))


@router.get(f"{PAGE}/group/{{fingerprint}}", dependencies=[staff("operator")])
async def show_group(request: Request, tx: Tx, fingerprint: str) -> Response:
    """The letters of one failure."""
    letters = await listing.list_letters(tx, fingerprint=fingerprint)
    return render(request, "dead_letter_group.html", letters=letters, fingerprint=fingerprint)


@router.get(f"{PAGE}/letter")
async def show_letter(
    request: Request, tx: Tx, account: Annotated[Account, staff("operator")], event_id: str
) -> Response:
    """A letter whole; reading it is audited."""
    letter = await listing.load_letter(tx, event_id, account.name)
    return render(request, "dead_letter.html", letter=letter, body=_laid_out(letter["body"]))


class Decision(BaseModel):
    """What to do with which letters, and why when they are given up; without a name: with all that wait."""

    event_id: str = ""
    fingerprint: str = ""
    all: bool = False
    decision: Literal["redrive", "discard"]
    reason: str = Field(default="", max_length=500)


@router.post(PAGE)
async def decide(
    request: Request,
    tx: Tx,
    account: Annotated[Account, staff("operator")],
    form: Annotated[Decision, Form()],
) -> Response:
    """Handle letters again, or give them up."""
    if not (form.event_id or form.fingerprint or form.all):
        raise Invalid("none_chosen", "Choose a letter, a group, or all.")
    chosen = Chosen(form.event_id, form.fingerprint)
    if form.decision == "discard":
        await deciding.discard(tx, chosen, account.name, form.reason)
        return RedirectResponse(PAGE, status_code=303)
    done = await deciding.redrive(tx, request.app.state.service.events, chosen, account.name)
    if done.failed or done.left:
        return render(request, "dead_letters_redriven.html", done=done)
    return RedirectResponse(PAGE, status_code=303)


def _laid_out(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
