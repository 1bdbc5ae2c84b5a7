"""Survey marks: an organisation may give its own to its coach, and later answers count for what they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from services.survey.commands.coaching import issue_mark
from services.survey.receipts import PURPOSE
from shared.errors import Refused
from shared.events import Value
from shared.requests import Tx, render

router = APIRouter()


class AskedMark(Value):
    """The code under which the people of an organisation answer."""

    organisation: str


class Mark(Value):
    """The organisation's mark: the same each time, and nobody can work the code out from it."""

    mark: str


@router.get("/mark", include_in_schema=False)
async def ask_code(request: Request) -> Response:
    """The page that asks for the organisation's code."""
    return render(request, "mark.html", mark="", problem="")


@router.post("/mark", include_in_schema=False)
async def show_mark(request: Request, tx: Tx, organisation: Annotated[str, Form()] = "") -> Response:
    """The mark, or what is wrong with the code."""
    try:
        mark = await issue_mark(tx, organisation, request.app.state.settings.key_for(PURPOSE))
    except Refused as refused:
        return render(request, "mark.html", http_status=refused.status, mark="", problem=refused.message)
    page = render(request, "mark.html", mark=mark, problem="")
    page.headers["Cache-Control"] = "no-store"
    return page


@router.post("/api/marks", tags=["public"])
async def issue(request: Request, tx: Tx, asked: AskedMark) -> Mark:
    """The mark that an organisation may give its coach."""
    return Mark(mark=await issue_mark(tx, asked.organisation, request.app.state.settings.key_for(PURPOSE)))
