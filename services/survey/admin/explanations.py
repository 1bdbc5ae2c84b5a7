"""Explanations for staff: why a finding was told, and why rules did not fire."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.survey.accounts import Account
from services.survey.commands.explanations import Explained, explain_insight, explain_release
from services.survey.explaining import Asked, Explanation
from services.survey.numerals import in_figures
from services.survey.reasons import REASONS
from services.survey.segments import declared_segments, segment_label
from services.survey.store.insights import load_insight
from services.survey.store.releases import load_newest
from shared import auth
from shared.errors import NotFound
from shared.events import Text
from shared.requests import Tx, render

router = APIRouter(prefix="/admin")
STAFF = auth.staff()
ANALYST = auth.staff("analyst", "operator")
PAGE = 100

Somebody = Annotated[auth.Account, STAFF]
Which = Annotated[str, Query()]


def asked(question: Which = "", rule: Which = "", segment: Which = "", reason: Which = "") -> Asked:
    """Which verdicts an address asks for. segment: its code, such as `size=1-9`, or `region`."""
    return Asked(question, rule, segment, reason)


Wanted = Annotated[Asked, Depends(asked)]


@router.get("/releases/{key}/rules", dependencies=[STAFF], include_in_schema=False)
async def show_rules(
    request: Request, tx: Tx, key: str, wanted: Wanted, page: Annotated[int, Query(ge=1)] = 1
) -> Response:
    """What every rule said in every segment, and why those that did not fire did not."""
    found = await explain_release(tx, key, wanted)
    return render(
        request,
        "admin_rules.html",
        release=key,
        wanted=wanted,
        reasons=REASONS,
        counts=found.counts,
        questions=[q for q in found.form.questionnaire.questions if q.kind != "open"],
        segments=_segments(found),
        explained=found.page((page - 1) * PAGE, page * PAGE),
        total=len(found.chosen),
        page=page,
        pages=max(-(-len(found.chosen) // PAGE), 1),
    )


@router.get("/insights/{key}", dependencies=[STAFF], include_in_schema=False)
async def show_insight(request: Request, tx: Tx, account: Somebody, key: str) -> Response:
    """A finding with everything that it stands on, step by step."""
    explained = await explain_insight(tx, key, full=_is_analyst(account))
    told = await load_insight(tx, key)
    return render(request, "admin_insight.html", explained=explained, told=told, in_figures=in_figures)


@router.get("/api/insights/{key}/explain", tags=["staff"])
async def read_account(tx: Tx, account: Somebody, key: str) -> Account:
    """Everything that a finding stands on, step by step; in full for analysts and operators."""
    return await explain_insight(tx, key, full=_is_analyst(account))


@router.get("/api/releases/{key}/verdicts", dependencies=[ANALYST], tags=["staff"])
async def list_verdicts(tx: Tx, key: str, wanted: Wanted) -> list[Explanation]:
    """Every verdict of a release, or those of a question, rule, segment and reason."""
    return (await explain_release(tx, key, wanted)).page()


@router.get("/api/rounds/{code}/verdicts", dependencies=[ANALYST], tags=["staff"])
async def list_newest_verdicts(tx: Tx, code: str, wanted: Wanted) -> list[Explanation]:
    """The same of a round's newest release."""
    signed = await load_newest(tx, code)
    if signed is None:
        raise NotFound("nothing_released", "Nothing of this round has been released yet.")
    return (await explain_release(tx, signed.release.release, wanted)).page()


def _segments(found: Explained) -> list[tuple[str, Text]]:
    frame = found.form.round.frame
    return [(segment.code, segment_label(frame, segment)) for segment in declared_segments(found.form.round)]


def _is_analyst(account: auth.Account) -> bool:
    return not account.roles.isdisjoint(("analyst", "operator"))
