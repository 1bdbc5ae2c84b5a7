"""The situation picture: released figures and confirmed findings, as pages and as open data."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.survey import thresholds
from services.survey.certainty import LADDER
from services.survey.pictures import chapters, open_data, sort_insights
from services.survey.releases import Release
from services.survey.store import insights as told
from services.survey.store import releases as store
from services.survey.store.releases import Signed
from services.survey.store.rounds import load_form
from services.survey.thresholds import Threshold
from shared import opened
from shared.db import Transaction
from shared.errors import NotFound
from shared.events import InsightReleased, Value
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter()


class ReleasedTable(Value):
    """A release with the hash of its content: SHA-256 of `release` as JSON with sorted keys and no spaces."""

    content_hash: str
    release: Release


@router.get("/", include_in_schema=False)
async def show_picture(request: Request, tx: Tx) -> Response:
    """What has been found, by topic, over all rounds."""
    confirmed = await told.list_confirmed(tx)
    by_topic = {
        topic.code: sort_insights(one for one in confirmed if one.topic == topic.code)
        for topic in vocabulary().topics
    }
    return render(
        request,
        "picture.html",
        releases=await store.list_newest(tx),
        topics=vocabulary().topics,
        by_topic=by_topic,
    )


@router.get("/rounds/{code}", include_in_schema=False)
async def show_round(request: Request, tx: Tx, code: str, by: Annotated[str, Query()] = "") -> Response:
    """The newest release of a round: findings in plain words, charts, and the same figures in tables."""
    signed, form = await _newest(tx, code), await load_form(tx, code)
    dimensions = [d for d in form.round.frame.dimensions if (d.code,) in form.round.declared_tables]
    chosen = by if by in {d.code for d in dimensions} else ""
    findings = [
        one.finding for one in await told.list_live(tx, code) if isinstance(one.finding, InsightReleased)
    ]
    return render(
        request,
        "results.html",
        release=signed.release,
        content_hash=signed.content_hash,
        chapters=chapters(form.round, form.questionnaire, signed.release, findings, by=chosen),
        topics={topic.code: topic.text for topic in vocabulary().topics},
        dimensions=dimensions,
        by=chosen,
    )


@router.get("/methods", include_in_schema=False)
async def show_methods(request: Request) -> Response:
    """How figures, findings and certainty are made, with every number behind them."""
    named = {name: found for name, found in vars(thresholds).items() if isinstance(found, Threshold)}
    return render(request, "methods.html", thresholds=named, ladder=LADDER)


@router.get("/api/releases", tags=["open data"], dependencies=[opened.ANY_SITE])
async def list_newest(tx: Tx) -> list[Release]:
    """The newest release of every round."""
    return await store.list_newest(tx)


@router.get("/api/releases/{key}", tags=["open data"], dependencies=[opened.ANY_SITE])
async def read_release(tx: Tx, key: str) -> ReleasedTable:
    """One release, as it was published."""
    signed = await store.load_release(tx, key)
    if signed is None:
        raise NotFound("no_such_release", "There is no such release.")
    return ReleasedTable(content_hash=signed.content_hash, release=signed.release)


@router.get("/api/rounds/{code}/figures.csv", tags=["open data"], response_class=Response)
async def read_figures(tx: Tx, code: str) -> Response:
    """The figures of a round's newest release as CSV."""
    signed = await _newest(tx, code)
    name = f"{signed.release.release}.csv"
    headers = {**opened.OPEN, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(open_data(signed.release), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/insights", tags=["open data"], dependencies=[opened.ANY_SITE])
async def list_insights(tx: Tx) -> list[InsightReleased]:
    """The confirmed findings that stand, as they were published."""
    return await told.list_confirmed(tx)


async def _newest(tx: Transaction, code: str) -> Signed:
    signed = await store.load_newest(tx, code)
    if signed is None:
        raise NotFound("nothing_released", "Nothing of this round has been released yet.")
    return signed
