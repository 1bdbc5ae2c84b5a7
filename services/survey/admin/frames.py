"""Frames for staff: shown as bars, corrected from files that are tried first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile
from pydantic import Field, ValidationError

from services.survey.admin.documents import FrameFiles, read_uploads, read_yaml
from services.survey.commands import frames as commands
from services.survey.commands.frames import Corrected
from services.survey.corrections import changes
from services.survey.figures import n_band
from services.survey.frame_plans import FramePlan, plan_for, read_plan
from services.survey.mappings import what_is_wrong
from services.survey.representation import Representation
from services.survey.rounds import Frame, Round
from shared.auth import Account, staff
from shared.db import Transaction
from shared.errors import Invalid, Refused
from shared.events import Text, Value
from shared.requests import Tx, render

router = APIRouter(prefix="/admin")
STAFF = staff()
ANALYST = staff("analyst", "operator")
Analyst = Annotated[Account, ANALYST]


class ShownFrame(Value):
    """A frame, and how well the answers so far stand for it. refusal: why they cannot be weighted to it."""

    round: str
    frame: Frame
    size: float = Field(description="How many units the population has.")
    units: int = Field(description="How many units answered.")
    effective_n: float | None
    efficiency: float | None = Field(description="Effective n / n.")
    poor: bool = Field(description="Whether the answers represent the population poorly.")
    refusal: str
    assumptions: tuple[Text, ...]


class CorrectedFrame(ShownFrame):
    """A frame that was corrected, or on a dry run would be. release: what followed at once, or empty."""

    former_size: float
    dry_run: bool
    release: str


@dataclass(frozen=True)
class Sent:
    """The files that count, the mapping that reads them, and what to do with them."""

    files: Sequence[UploadFile | str]
    mapping: UploadFile | str | None
    rescale: bool
    dry_run: bool

    async def read(self) -> tuple[FramePlan, dict[str, bytes]]:
        """The plan and the content of the files by name.

        Raises:
            Invalid: nothing was sent, or the mapping is none.
        """
        files = await read_uploads(self.files)
        mapping = None if self.mapping is None else await read_uploads([self.mapping])
        if mapping:
            (data,) = mapping.values()
            return read_plan(read_yaml(data, "mapping file")), files
        if not files:
            raise Invalid("file_missing", "Choose the files of the frame; none was sent.")
        return plan_for(files, rescale=self.rescale), files


def _sent(
    files: FrameFiles = (),
    mapping: UploadFile | str | None = None,
    rescale: Annotated[bool, Form()] = False,
    dry_run: Annotated[bool, Form()] = False,
) -> Sent:
    return Sent(files, mapping, rescale, dry_run)


SentFrame = Annotated[Sent, Depends(_sent)]


@router.get("/rounds/{code}/frame", dependencies=[STAFF], include_in_schema=False)
async def show_frame(request: Request, tx: Tx, code: str) -> Response:
    """The frame as bars, what it takes for granted, and the form to correct it."""
    return await _page(request, tx, code)


@router.post("/rounds/{code}/frame", dependencies=[ANALYST], include_in_schema=False)
async def try_frame(request: Request, tx: Tx, code: str, sent: SentFrame) -> Response:
    """Show what the files would change; nothing is kept."""
    try:
        async with tx.conn.begin_nested():
            frame = await commands.read_frame_files(tx, code, *await sent.read())
            tried = await commands.rehearse_frame(tx, code, frame)
    except Refused as refused:
        return await _page(request, tx, code, problem=refused)
    return await _page(request, tx, code, seen=tried)


@router.post("/rounds/{code}/frame/save", include_in_schema=False)
async def save_frame(
    request: Request, tx: Tx, account: Analyst, code: str, frame: Annotated[str, Form()] = ""
) -> Response:
    """Keep the frame that was tried before."""
    try:
        async with tx.conn.begin_nested():
            document = _written(read_yaml(frame.encode(), "frame"))
            saved = await commands.correct_frame(tx, code, document, account.name)
    except Refused as refused:
        return await _page(request, tx, code, problem=refused)
    return await _page(request, tx, code, seen=saved)


@router.get("/api/rounds/{code}/frame", dependencies=[STAFF], tags=["staff"])
async def read_frame(tx: Tx, code: str) -> ShownFrame:
    """The frame of a round, and how well the answers so far stand for it."""
    return ShownFrame.model_validate(_shown(*await commands.find_frame(tx, code)))


@router.post("/api/rounds/{code}/frame", tags=["staff"])
async def correct_from_files(tx: Tx, account: Analyst, code: str, sent: SentFrame) -> CorrectedFrame:
    """Correct the frame from `files` (CSV, XLSX, JSON-stat 2), read by `mapping` (YAML) where one is sent.

    A round that has been released is judged anew at once. `rescale=true` scales margins to the first file's
    total; `dry_run=true` only tries.
    """
    frame = await commands.read_frame_files(tx, code, *await sent.read())
    if sent.dry_run:
        return _corrected(await commands.rehearse_frame(tx, code, frame))
    return _corrected(await commands.correct_frame(tx, code, frame, account.name))


@router.put("/api/rounds/{code}/frame", tags=["staff"])
async def correct_as_written(request: Request, tx: Tx, account: Analyst, code: str) -> CorrectedFrame:
    """Correct the frame to the one in the body, JSON or YAML. A released round is judged anew at once."""
    frame = _written(read_yaml(await request.body(), "body of the request"))
    return _corrected(await commands.correct_frame(tx, code, frame, account.name))


def _written(document: object) -> Frame:
    try:
        return Frame.model_validate(document)
    except ValidationError as error:
        raise Invalid("frame_not_valid", f"The frame is not valid. {what_is_wrong(error)}") from None


def _shown(round_: Round, representation: Representation) -> dict[str, Any]:
    weights = representation.weights
    return {
        "round": round_.round,
        "frame": round_.frame,
        "size": round_.frame.size,
        "units": sum(next(iter(representation.answered.values())).values()),
        "effective_n": weights.effective_n if weights else None,
        "efficiency": weights.efficiency if weights else None,
        "poor": representation.poor,
        "refusal": representation.refusal.message if representation.refusal else "",
        "assumptions": representation.assumptions,
    }


def _corrected(done: Corrected) -> CorrectedFrame:
    shown = _shown(done.round, done.representation)
    more = {"former_size": done.former.size, "dry_run": not done.kept, "release": done.release}
    return CorrectedFrame.model_validate({**shown, **more})


async def _page(
    request: Request,
    tx: Transaction,
    code: str,
    *,
    seen: Corrected | None = None,
    problem: Refused | None = None,
) -> Response:
    """The frame as it is, or as a correction that was tried or made has it."""
    round_, representation = await commands.find_frame(tx, code)
    shown = seen.representation if seen else representation
    frame = seen.round.frame if seen else round_.frame
    tried = seen if seen and not seen.kept else None
    return render(
        request,
        "admin_frame.html",
        http_status=problem.status if problem else 200,
        round=round_,
        frame=frame,
        dimensions=changes(tried.former if tried else frame, frame),
        bands={d: {c: n_band(n) for c, n in counts.items()} for d, counts in shown.answered.items()},
        shown=shown,
        tried=tried,
        saved=seen if seen and seen.kept else None,
        document=frame.model_dump_json() if tried else "",
        problem=problem.message if problem else "",
    )
