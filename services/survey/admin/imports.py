"""Imports for staff: a file and its mapping, tried first or taken in, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile
from pydantic import AwareDatetime, Field

from services.survey.admin.documents import FrameFiles, read_upload, read_uploads, read_yaml
from services.survey.commands.imports import Report, Upload, import_answers, rehearse_import
from services.survey.receipts import PURPOSE
from services.survey.store.rounds import list_imports
from shared.auth import Account, staff
from shared.db import Transaction
from shared.errors import Refused
from shared.events import Value
from shared.requests import Tx, render

router = APIRouter(prefix="/admin")
STAFF = staff()
ANALYST = staff("analyst", "operator")
Analyst = Annotated[Account, ANALYST]


class ImportReport(Value):
    """What was taken in, or on a dry run would be; then `import_id` is empty."""

    import_id: str
    round: str
    new_round: bool
    read: int = Field(description="Rows of the file.")
    kept: int = Field(description="Rows that became answers.")
    dropped: dict[str, int] = Field(description="Reason to how many rows.")


class ListedImport(Value):
    """An import as it was, and when it was undone."""

    import_id: str
    round: str
    mapping: str
    read: int
    kept: int
    dropped: dict[str, int]
    imported_by: str
    imported_at: AwareDatetime
    undone_at: AwareDatetime | None


@dataclass(frozen=True)
class Sent:
    """What was sent in: the file, its mapping, files that the frame names, and whether to try only."""

    file: UploadFile | None
    mapping: UploadFile | None
    dry_run: bool
    frame: Sequence[UploadFile | str]


def _sent(
    file: UploadFile | None = None,
    mapping: UploadFile | None = None,
    dry_run: Annotated[bool, Form()] = False,
    frame: FrameFiles = (),
) -> Sent:
    return Sent(file, mapping, dry_run, frame)


SentImport = Annotated[Sent, Depends(_sent)]


@router.get("/imports", dependencies=[STAFF], include_in_schema=False)
async def show_imports(request: Request, tx: Tx) -> Response:
    """The imports, and the form for another."""
    return await _page(request, tx)


@router.post("/imports", include_in_schema=False)
async def import_on_page(request: Request, tx: Tx, account: Analyst, sent: SentImport) -> Response:
    """Import the file, or only try it, and show what came of it."""
    try:
        async with tx.conn.begin_nested():
            report = await _import(request, tx, account, sent)
    except Refused as refused:
        return await _page(request, tx, problem=refused)
    return await _page(request, tx, report=report)


@router.get("/api/imports", dependencies=[STAFF], tags=["staff"])
async def list_all(tx: Tx) -> list[ListedImport]:
    """The imports, newest first."""
    return [
        ListedImport.model_validate({**row, "import_id": row["import"]}) for row in await list_imports(tx)
    ]


@router.post("/api/imports", status_code=201, tags=["staff"])
async def import_file(request: Request, tx: Tx, account: Analyst, sent: SentImport) -> ImportReport:
    """Import `file` (CSV or XLSX) by `mapping` (YAML): all of it or nothing. `dry_run=true` only tries.

    `frame`: the files that the frame of a round written out in the mapping names.
    """
    report = await _import(request, tx, account, sent)
    return ImportReport.model_validate(asdict(report))


async def _import(request: Request, tx: Transaction, account: Account, sent: Sent) -> Report:
    mapping = read_yaml(await read_upload(sent.mapping, "mapping file"), "mapping file")
    data, frame_files = await read_upload(sent.file, "file of answers"), await read_uploads(sent.frame)
    upload = Upload(data, mapping, account.name, frame_files)
    if sent.dry_run:
        return await rehearse_import(tx, upload)
    return await import_answers(tx, upload, request.app.state.settings.key_for(PURPOSE))


async def _page(
    request: Request, tx: Transaction, *, report: Report | None = None, problem: Refused | None = None
) -> Response:
    return render(
        request,
        "admin_imports.html",
        http_status=problem.status if problem else 200,
        imports=await list_imports(tx),
        report=report,
        problem=problem.message if problem else "",
    )
