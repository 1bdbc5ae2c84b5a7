"""Releases for staff: made, looked into, checked; findings listed and traced."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import AwareDatetime

from services.survey.associations import Association
from services.survey.commands import evidence
from services.survey.commands import releases as commands
from services.survey.commands.associations import relate
from services.survey.commands.explanations import explain_release
from services.survey.explaining import Asked
from services.survey.readouts import Readout
from services.survey.reasons import REASONS
from services.survey.releases import Release
from services.survey.store import insights as told
from services.survey.store import releases as store
from services.survey.store.releases import Signed
from services.survey.store.rounds import list_rounds
from services.survey.traces import Trace, trace_insight
from services.survey.verifying import Verified
from shared.auth import Account, staff
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import IndicationReleased, InsightReleased, Value
from shared.requests import Tx, render

router = APIRouter(prefix="/admin")
STAFF = staff()
ANALYST = staff("analyst", "operator")
Analyst = Annotated[Account, ANALYST]


class ListedRelease(Value):
    """A release without its figures."""

    release: str
    round: str
    number: int
    final: bool
    figures: int
    released_by: str
    released_at: AwareDatetime


class MadeRelease(Value):
    """What a release published and held back. withheld: reason to how many figures are not new."""

    release: str
    round: str
    number: int
    final: bool
    figures: int
    insights: int
    indications: int
    withheld: dict[str, int]


@router.get("/releases", dependencies=[STAFF], include_in_schema=False)
async def show_releases(request: Request, tx: Tx) -> Response:
    """The releases, and a button for each round that can have another."""
    return await _releases(request, tx)


@router.post("/rounds/{code}/release", include_in_schema=False)
async def release_on_page(request: Request, tx: Tx, account: Analyst, code: str) -> Response:
    """Release and show what left and what was withheld."""
    try:
        async with tx.conn.begin_nested():
            release = await commands.release_round(tx, code, account.name)
    except Refused as refused:
        return await _releases(request, tx, refused)
    return RedirectResponse(f"/admin/releases/{release.release}", status_code=303)


@router.get("/releases/{key}", dependencies=[STAFF], include_in_schema=False)
async def show_release(request: Request, tx: Tx, key: str) -> Response:
    """What a release withheld and why, what it told, and how many rules did not fire for each reason."""
    signed = await _load(tx, key)
    return render(
        request,
        "admin_release.html",
        signed=signed,
        release=signed.release,
        counts=(await explain_release(tx, key, Asked())).counts,
        reasons=REASONS,
        told=await told.list_live(tx, signed.release.round),
    )


@router.get("/api/releases", dependencies=[STAFF], tags=["staff"])
async def list_releases(tx: Tx) -> list[ListedRelease]:
    """The releases, newest first."""
    return [ListedRelease.model_validate(dict(row)) for row in await store.list_releases(tx)]


@router.post("/api/rounds/{code}/releases", status_code=201, tags=["staff"])
async def release_round(tx: Tx, account: Analyst, code: str) -> MadeRelease:
    """Release what can safely leave now: one of the planned looks, or the one at the close."""
    release = await commands.release_round(tx, code, account.name)
    return await _made(tx, release)


@router.get("/api/releases/{key}/verify", dependencies=[ANALYST], tags=["staff"])
async def verify_release(tx: Tx, key: str) -> Verified:
    """Work the release out once more from the answers and compare."""
    return await evidence.verify_release(tx, key)


@router.get("/api/rounds/{code}/estimates", dependencies=[ANALYST], tags=["staff"])
async def read_estimates(
    tx: Tx, code: str, item: Annotated[str, Query()] = "", segment: Annotated[str, Query()] = ""
) -> Readout:
    """Estimates in full precision: of an item or all, in the region, a segment (`a=x,b=y`) or `all`."""
    return await evidence.estimate(tx, code, item=item, segment=segment)


@router.get("/api/rounds/{code}/independence", dependencies=[ANALYST], tags=["staff"])
async def read_independence(
    tx: Tx, code: str, item: Annotated[str, Query(min_length=1)], by: Annotated[str, Query(min_length=1)]
) -> Association:
    """Whether an item is distributed alike in every category of a dimension (Rao and Scott's test)."""
    return await relate(tx, code, item=item, by=by)


@router.get("/api/rounds/{code}/insights", dependencies=[STAFF], tags=["staff"])
async def list_insights(tx: Tx, code: str) -> list[InsightReleased | IndicationReleased]:
    """The findings of a round that stand, confirmed and indicated."""
    return [one.finding for one in await told.list_live(tx, code)]


@router.get("/api/trace/{key}", dependencies=[STAFF], tags=["staff"])
async def trace(tx: Tx, key: str, revision: int | None = None) -> Trace:
    """A finding down to question, released figure, interval, n band, answers' hash and release."""
    return trace_insight(await _insight(tx, key, revision))


async def _insight(tx: Transaction, key: str, revision: int | None = None) -> told.Told:
    one = await told.load_insight(tx, key, revision)
    if one is None:
        raise NotFound("no_such_insight", "There is no such insight.")
    return one


async def _load(tx: Transaction, key: str) -> Signed:
    signed = await store.load_release(tx, key)
    if signed is None:
        raise NotFound("no_such_release", "There is no such release.")
    return signed


async def _made(tx: Transaction, release: Release) -> MadeRelease:
    signed = await _load(tx, release.release)
    tiers = Counter(one.finding.tier for one in await told.list_live(tx, release.round))
    return MadeRelease(
        release=release.release,
        round=release.round,
        number=release.number,
        final=release.final,
        figures=len(release.cells),
        insights=tiers["confirmed"],
        indications=tiers["indication"],
        withheld={reason: len(places) for reason, places in signed.kept.withheld.items()},
    )


async def _releases(request: Request, tx: Transaction, problem: Refused | None = None) -> Response:
    return render(
        request,
        "admin_releases.html",
        http_status=problem.status if problem else 200,
        releases=await store.list_releases(tx),
        rounds=[round_ for round_ in await list_rounds(tx) if round_.status != "planned"],
        problem=problem.message if problem else "",
    )
