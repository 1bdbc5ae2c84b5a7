"""Rounds for staff: listed, created from a file, opened and closed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from services.survey.admin.documents import FrameFiles, read_upload, read_uploads, read_yaml
from services.survey.commands import rounds as commands
from services.survey.round_files import read_round_file
from services.survey.rounds import Round
from services.survey.store import rounds as store
from shared.auth import Account, staff
from shared.errors import Refused
from shared.events import Value
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter(prefix="/admin")
STAFF = staff()
ANALYST = staff("analyst", "operator")
Analyst = Annotated[Account, ANALYST]


class ListedRound(Value):
    """A round with how many answers it has."""

    round: Round
    answers: int
    organisations: int


class CreatedRound(Value):
    """The name of a new round."""

    round: str


@router.get("", dependencies=[STAFF], include_in_schema=False)
async def show_rounds(request: Request, tx: Tx) -> Response:
    """All rounds, and the form for a new one."""
    return await _rounds(request, tx)


async def _rounds(request: Request, tx: Tx, problem: Refused | None = None) -> Response:
    return render(
        request,
        "admin_rounds.html",
        http_status=problem.status if problem else 200,
        rounds=await store.list_rounds_with_counts(tx),
        problem=problem.message if problem else "",
    )


@router.post("/rounds", include_in_schema=False)
async def create_from_file(
    request: Request, tx: Tx, account: Analyst, file: UploadFile | None = None, frame: FrameFiles = ()
) -> Response:
    """Create a round from a YAML file, and from the files that its frame names."""
    try:
        async with tx.conn.begin_nested():
            document = read_yaml(await read_upload(file, "file of the round"), "file of the round")
            written = read_round_file(document, await read_uploads(frame), vocabulary())
            await commands.create_round(tx, *written, account.name)
    except Refused as refused:
        return await _rounds(request, tx, refused)
    return RedirectResponse("/admin", status_code=303)


@router.post("/rounds/{code}/open", include_in_schema=False)
async def open_on_page(tx: Tx, account: Analyst, code: str) -> Response:
    """Take answers from now on."""
    await commands.open_round(tx, code, account.name)
    return RedirectResponse("/admin", status_code=303)


@router.post("/rounds/{code}/close", include_in_schema=False)
async def close_on_page(tx: Tx, account: Analyst, code: str) -> Response:
    """Take no answers any more."""
    await commands.close_round(tx, code, account.name)
    return RedirectResponse("/admin", status_code=303)


@router.get("/api/rounds", dependencies=[STAFF], tags=["staff"])
async def list_rounds(tx: Tx) -> list[ListedRound]:
    """All rounds, newest first."""
    return [
        ListedRound(round=listed.round, answers=listed.answers, organisations=listed.organisations)
        for listed in await store.list_rounds_with_counts(tx)
    ]


@router.post("/api/rounds", status_code=201, tags=["staff"])
async def create_round(request: Request, tx: Tx, account: Analyst) -> CreatedRound:
    """Create a round. The body, JSON or YAML, has `round` and, when it is new, `questionnaire`.

    A frame that names files is sent with its round by an import, or corrected after the round is created.
    """
    document = read_yaml(await request.body(), "body of the request")
    round_, questionnaire = read_round_file(document, {}, vocabulary())
    await commands.create_round(tx, round_, questionnaire, account.name)
    return CreatedRound(round=round_.round)


@router.post("/api/rounds/{code}/open", status_code=204, tags=["staff"])
async def open_round(tx: Tx, account: Analyst, code: str) -> None:
    """Take answers from now on."""
    await commands.open_round(tx, code, account.name)


@router.post("/api/rounds/{code}/close", status_code=204, tags=["staff"])
async def close_round(tx: Tx, account: Analyst, code: str) -> None:
    """Take no answers any more; the closing release follows."""
    await commands.close_round(tx, code, account.name)
