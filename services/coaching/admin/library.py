"""The practice library: editing it, and deciding on what answers suggest."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.coaching import commands
from services.coaching.admin.forms import Draft, PracticeForm
from services.coaching.practices import Practice
from services.coaching.store import facts, practices
from shared.auth import Account, staff
from shared.events import PracticeContributed, PracticeSuggested
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter(prefix="/admin", include_in_schema=False)
STAFF = staff()
EDITOR = staff("editor")
Editor = Annotated[Account, EDITOR]
Written = Annotated[PracticeForm, Form()]


@router.get("/practices", dependencies=[STAFF])
async def show_practices(request: Request, tx: Tx) -> Response:
    """The whole library."""
    library = await practices.list_practices(tx)
    return render(request, "practices.html", library=library, words=vocabulary())


@router.get("/new-practice", dependencies=[EDITOR])
async def show_new_practice(request: Request) -> Response:
    """The form of a new practice."""
    return _form(request, Draft(), "/admin/practices")


@router.post("/practices")
async def add_practice(tx: Tx, account: Editor, form: Written) -> Response:
    """Add a practice."""
    practice = await commands.add_practice(tx, account.name, form.read())
    return RedirectResponse(f"/admin/practices/{practice.practice}", status_code=303)


@router.get("/practices/{key}", dependencies=[STAFF])
async def show_practice(request: Request, tx: Tx, key: str) -> Response:
    """One practice, with its form for editors."""
    practice = await practices.load_practice(tx, key)
    return _form(request, practice, f"/admin/practices/{key}", practice=practice)


@router.post("/practices/{key}")
async def reword_practice(tx: Tx, account: Editor, key: str, form: Written) -> Response:
    """Give a practice a new wording, and publish it."""
    await commands.reword_practice(tx, account.name, key, form.read())
    return RedirectResponse(f"/admin/practices/{key}", status_code=303)


@router.post("/practices/{key}/withdraw")
async def withdraw_practice(tx: Tx, account: Editor, key: str) -> Response:
    """Take a practice out of the library."""
    await commands.withdraw_practice(tx, account.name, key)
    return RedirectResponse("/admin/practices", status_code=303)


@router.get("/suggestions", dependencies=[EDITOR])
async def show_suggestions(request: Request, tx: Tx) -> Response:
    """What answers suggest and no editor has decided on; unreviewed text."""
    return render(
        request,
        "suggestions.html",
        suggestions=await facts.list_suggestions(tx),
        library=await practices.list_practices(tx),
        words=vocabulary(),
    )


@router.get("/suggestions/{key}", dependencies=[EDITOR])
async def show_suggestion(request: Request, tx: Tx, key: str) -> Response:
    """The form that makes a new practice of a suggestion, beside what was written."""
    suggestion = await facts.load_suggestion(tx, key)
    draft = Draft(topics=(suggestion.topic,))
    return _form(request, draft, f"/admin/suggestions/{key}/accept", suggestion=suggestion)


@router.post("/suggestions/{key}/accept")
async def accept_suggestion(tx: Tx, account: Editor, key: str, form: Written) -> Response:
    """Make a new practice of a suggestion."""
    practice = await commands.accept_suggestion(tx, account.name, key, form.read())
    return RedirectResponse(f"/admin/practices/{practice.practice}", status_code=303)


@router.post("/suggestions/{key}/merge")
async def merge_suggestion(
    tx: Tx, account: Editor, key: str, practice: Annotated[str, Form(max_length=120)]
) -> Response:
    """Note that the library has it already."""
    await commands.merge_suggestion(tx, account.name, key, practice)
    return RedirectResponse("/admin/suggestions", status_code=303)


@router.post("/suggestions/{key}/decline")
async def decline_suggestion(tx: Tx, account: Editor, key: str) -> Response:
    """Leave a suggestion aside."""
    await commands.decline_suggestion(tx, account.name, key)
    return RedirectResponse("/admin/suggestions", status_code=303)


def _form(
    request: Request,
    draft: Draft | Practice,
    address: str,
    *,
    practice: Practice | None = None,
    suggestion: PracticeSuggested | PracticeContributed | None = None,
) -> Response:
    subject = {"practice": practice, "suggestion": suggestion}
    return render(request, "practice.html", draft=draft, address=address, subject=subject, words=vocabulary())
