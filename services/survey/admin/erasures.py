"""Erasure for staff: by receipt, organisation or import; and what was erased before."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from services.survey.commands.erasures import (
    Erasure,
    Kind,
    erase_by_receipt,
    erase_import,
    erase_organisation,
)
from services.survey.receipts import PURPOSE
from services.survey.store.erasures import list_erasures
from shared.auth import Account, staff
from shared.db import Transaction
from shared.errors import Refused
from shared.events import Value
from shared.requests import Tx, render

router = APIRouter(prefix="/admin")
ANALYST = staff("analyst", "operator")
Analyst = Annotated[Account, ANALYST]


class AskedErasure(Value):
    """What to erase: a receipt code, an organisation code or the id of an import."""

    kind: Kind
    value: str


class DoneErasure(Value):
    """What was erased. An undone import is judged anew at once, the others at the next safe release."""

    erasure: str
    answers: int
    rounds: tuple[str, ...]
    judged: Literal["at_once", "at_the_next_safe_release"]


class ListedErasure(Value):
    """An erasure as it was; whose answers they were is not kept."""

    erasure: str
    kind: Kind
    import_id: str | None
    answers: int
    erased_by: str
    erased_at: AwareDatetime


@router.get("/erasures", dependencies=[ANALYST], include_in_schema=False)
async def show_erasures(request: Request, tx: Tx) -> Response:
    """What was erased, and the form to erase."""
    return await _page(request, tx)


@router.post("/erasures", include_in_schema=False)
async def erase_on_page(
    request: Request, tx: Tx, account: Analyst, asked: Annotated[AskedErasure, Form()]
) -> Response:
    """Erase and show how many answers went, or why none did."""
    try:
        async with tx.conn.begin_nested():
            erasure = await _erase(request, tx, account, asked)
    except Refused as refused:
        return await _page(request, tx, problem=refused)
    return await _page(request, tx, erasure=erasure)


@router.get("/api/erasures", dependencies=[ANALYST], tags=["staff"])
async def list_all(tx: Tx) -> list[ListedErasure]:
    """The erasures, newest first."""
    return [
        ListedErasure.model_validate({**row, "import_id": row["import"]}) for row in await list_erasures(tx)
    ]


@router.post("/api/erasures", tags=["staff"])
async def erase(request: Request, tx: Tx, account: Analyst, asked: AskedErasure) -> DoneErasure:
    """Erase answers; it cannot be undone."""
    erasure = await _erase(request, tx, account, asked)
    judged: Literal["at_once", "at_the_next_safe_release"] = (
        "at_once" if asked.kind == "import" else "at_the_next_safe_release"
    )
    return DoneErasure(erasure=erasure.erasure, answers=erasure.answers, rounds=erasure.rounds, judged=judged)


async def _erase(request: Request, tx: Transaction, account: Account, asked: AskedErasure) -> Erasure:
    if asked.kind == "import":
        return await erase_import(tx, asked.value.strip(), account.name)
    if asked.kind == "receipt":
        return await erase_by_receipt(tx, asked.value, account.name)
    return await erase_organisation(
        tx, asked.value, request.app.state.settings.key_for(PURPOSE), account.name
    )


async def _page(
    request: Request, tx: Transaction, *, erasure: Erasure | None = None, problem: Refused | None = None
) -> Response:
    return render(
        request,
        "admin_erasures.html",
        http_status=problem.status if problem else 200,
        erasures=await list_erasures(tx),
        erasure=erasure,
        problem=problem.message if problem else "",
    )
