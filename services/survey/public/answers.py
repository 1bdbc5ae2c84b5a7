"""The JSON API by which programs read a round's questions and send answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.survey.commands.answers import Submission, accept_answer
from services.survey.questionnaires import Questionnaire
from services.survey.receipts import PURPOSE
from services.survey.rounds import Round
from services.survey.store.rounds import list_rounds, load_form
from services.survey.submissions import Unanswerable
from shared.errors import Invalid, NotFound
from shared.events import Text, Value
from shared.problems import problem
from shared.requests import Tx

router = APIRouter(prefix="/api", tags=["public"])

_EXAMPLE = {
    "background": {"municipality": "698", "industry": "expert-services", "size": "10-49"},
    "values": {"trust": 5, "barriers": ["meetings"], "remote_share": 60},
    "open": {"worked": "Aamupäivät ilman kokouksia."},
    "language": "fi",
    "organisation": "",
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}, "example": _EXAMPLE}},
    },
    "parameters": [
        {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}
    ],
}


class AskedChoice(Value):
    """One code that a background field takes."""

    code: str
    text: Text


class AskedBackground(Value):
    """A background field, which every answer must have."""

    field: str
    text: Text
    choices: tuple[AskedChoice, ...]


class Asked(Value):
    """All that a round asks."""

    round: Round
    questionnaire: Questionnaire
    background: tuple[AskedBackground, ...]


@router.get("/rounds")
async def read_rounds(tx: Tx) -> list[Round]:
    """The rounds that take answers or took them, newest first."""
    return [round_ for round_ in await list_rounds(tx) if round_.status != "planned"]


@router.get("/rounds/{code}")
async def read_round(tx: Tx, code: str) -> Asked:
    """A round with its frame and questions."""
    form = await load_form(tx, code)
    if form.round.status == "planned":
        raise NotFound("no_such_round", "There is no such round.")
    background = tuple(
        AskedBackground(
            field=b.field,
            text=b.text,
            choices=tuple(AskedChoice(code=c.code, text=c.text) for c in b.choices),
        )
        for b in form.backgrounds
    )
    return Asked(round=form.round, questionnaire=form.questionnaire, background=background)


@router.post("/rounds/{code}/answers", status_code=201, openapi_extra=_BODY)
async def take_answer(request: Request, tx: Tx, code: str) -> Response:
    """Accept one answer, once for each `Idempotency-Key`; the receipt can take it back.

    The key must be hard to guess, such as a UUID. Repeating key and answer gives the same receipt.
    """
    raw = read_body(await request.body())
    nonce = request.headers.get("idempotency-key", "")
    submission = Submission(code, raw, nonce, "api", _organisation(raw))
    try:
        accepted = await accept_answer(tx, submission, request.app.state.settings.key_for(PURPOSE))
    except Unanswerable as wrong:
        fields = [{"field": p.field, "code": p.slug, "message": p.message.en} for p in wrong.problems]
        return problem(request, wrong.status, wrong.slug, "The answer cannot be counted.", errors=fields)
    status = 201 if accepted.outcome == "taken" else 200
    return JSONResponse({"receipt": accepted.receipt, "status": accepted.outcome}, status_code=status)


def read_body(body: bytes) -> Mapping[str, Any]:
    """The JSON object in a request's body.

    Raises:
        Invalid: there is none; NaN and infinities are no JSON.
    """
    try:
        found = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Invalid("not_json", "The body of the request is not JSON.") from None
    if not isinstance(found, dict):
        raise Invalid("not_json", "The body of the request must be a JSON object.")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)


def _organisation(raw: Mapping[str, Any]) -> str:
    token = raw.get("organisation") or ""
    if not isinstance(token, str):
        raise Invalid("not_an_organisation_code", "The organisation code must be a text.")
    return token.strip()
