"""The form of an open round: pages that need no script."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.survey.commands.answers import Submission, accept_answer
from services.survey.forms import Form, sections_of
from services.survey.receipts import PURPOSE
from services.survey.store.rounds import list_rounds, load_form
from services.survey.submissions import Problem, Unanswerable, raw_answer
from shared.errors import Invalid, Refused
from shared.events import Text
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter(include_in_schema=False)


@router.get("/answer")
async def choose_round(request: Request, tx: Tx) -> Response:
    """The rounds that take answers now; the only one at once."""
    rounds = await list_rounds(tx, status="open")
    if len(rounds) == 1:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/answer/{rounds[0].round}{query}", status_code=303)
    return render(request, "answer_rounds.html", rounds=rounds)


@router.get("/answer/{code}")
async def show_form(request: Request, tx: Tx, code: str, org: str = "") -> Response:
    """The questions; `org` is the code by which several people answer for one organisation."""
    form = await load_form(tx, code)
    if form.round.status != "open":
        raise Refused("closed", "This round does not take answers now.")
    return _page(request, form, {"nonce": secrets.token_urlsafe(16), "organisation": org[:80]})


@router.post("/answer/{code}")
async def take_form(request: Request, tx: Tx, code: str) -> Response:
    """Accept the answer and show its receipt, or the questions again with what is wrong."""
    form = await load_form(tx, code)
    fields = [(name, text) for name, text in (await request.form()).multi_items() if isinstance(text, str)]
    given = dict(fields)
    raw = raw_answer(form, fields)
    submission = Submission(code, raw, given.get("nonce", ""), "form", given.get("organisation", "").strip())
    try:
        accepted = await accept_answer(tx, submission, request.app.state.settings.key_for(PURPOSE))
    except Unanswerable as wrong:
        return _page(request, form, {**given, **raw}, wrong.problems)
    except Invalid as wrong:
        if wrong.slug != "not_an_organisation_code":
            raise
        return _page(request, form, {**given, **raw}, (Problem("organisation", wrong.slug, _plain(wrong)),))
    return _unkept(render(request, "receipt.html", form=form, receipt=accepted.receipt))


def _plain(wrong: Invalid) -> Text:
    return Text(
        fi="Organisaatiokoodissa on 3–80 kirjainta tai numeroa. Jätä kohta tyhjäksi, jos koodia ei ole.",
        en=wrong.message,
        sv="En organisationskod har 3–80 bokstäver eller siffror. Lämna fältet tomt om du inte har någon.",
    )


def _page(
    request: Request, form: Form, given: Mapping[str, Any], problems: tuple[Problem, ...] = ()
) -> Response:
    page = render(
        request,
        "form.html",
        http_status=422 if problems else 200,
        form=form,
        sections=sections_of(form.questionnaire, vocabulary()),
        given={"background": {}, "values": {}, "open": {}, **given},
        problems={problem.field: problem.message for problem in reversed(problems)},
        places=_places(form),
    )
    return _unkept(page)


def _places(form: Form) -> dict[str, str]:
    """Where on the page each field is, for the links of the error summary."""
    background = {b.field: f"b-{b.field}" for b in form.backgrounds}
    return {**background, **{code: f"q-{code}" for code in form.questions}, "organisation": "organisation"}


def _unkept(page: Response) -> Response:
    """A form names one answer and a receipt erases it: neither is for a cache."""
    page.headers["Cache-Control"] = "no-store"
    return page
