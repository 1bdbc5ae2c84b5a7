"""Taking an answer back with its receipt."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from services.survey.commands.erasures import erase_by_receipt
from shared.errors import Refused
from shared.events import Value
from shared.requests import Tx, render

router = APIRouter()


class Withdrawal(Value):
    """The receipt of the answer to take back."""

    receipt: str


class Withdrawn(Value):
    """How many answers are gone; figures that were published stand until the next safe release."""

    erased: int


@router.get("/withdraw", include_in_schema=False)
async def ask_receipt(request: Request) -> Response:
    """The page that asks for the receipt."""
    return render(request, "withdraw.html", state="asked", problem="")


@router.post("/withdraw", include_in_schema=False)
async def withdraw_on_page(request: Request, tx: Tx, receipt: Annotated[str, Form()] = "") -> Response:
    """Erase the answer and say so, or what is wrong with the receipt."""
    try:
        await erase_by_receipt(tx, receipt, "public")
    except Refused as refused:
        return render(
            request, "withdraw.html", http_status=refused.status, state="asked", problem=refused.message
        )
    return render(request, "withdraw.html", state="done", problem="")


@router.post("/api/withdrawals", tags=["public"])
async def withdraw(tx: Tx, asked: Withdrawal) -> Withdrawn:
    """Erase the answer that has this receipt. It cannot be undone."""
    erasure = await erase_by_receipt(tx, asked.receipt, "public")
    return Withdrawn(erased=erasure.answers)
