"""Figures from partners, apart from our own estimates: with whose they are, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from services.campaign import store, thresholds
from services.campaign.contributions import Contribution
from services.campaign.cursors import Place, place_of
from services.campaign.store import Search
from shared import opened
from shared.db import Transaction
from shared.requests import Tx

router = APIRouter()

ACCEPTED = Search(status="accepted", kind="indicator", order="decided_at")
After = Annotated[str, Query(max_length=200, description="Where you are: the header `Latu-Cursor`.")]
Limit = Annotated[int, Query(ge=1, le=thresholds.EVENTS_ON_LARGEST_PAGE)]


@router.get("/api/indicators")
async def list_indicators(
    request: Request, tx: Tx, after: After = "", limit: Limit = thresholds.INDICATORS_ON_PAGE
) -> Response:
    """Accepted indicators in the order in which they were accepted, by pages that `Link` leads through.

    They are the partners' own, no estimates of Latu, and never evidence. One that is changed and accepted
    again comes again at the end.
    """
    found = await store.list_contributions(tx, ACCEPTED, place_of(after), limit + 1)
    page = found[:limit]
    last = page[-1] if page else None
    cursor = Place(last.decided_at, last.key).cursor if last and last.decided_at else after
    headers = {opened.CURSOR: cursor}
    if len(found) > limit:
        address = request.app.state.settings.campaign_url.rstrip("/")
        query = urlencode({"after": cursor, "limit": str(limit)})
        headers["Link"] = f'<{address}/api/indicators?{query}>; rel="next"'
    body = JSONResponse([_as_json(one) for one in await _named(tx, page)]).body
    return opened.answer(request, bytes(body), "application/json", **headers)


async def newest(tx: Transaction, most: int) -> list[dict[str, Any]]:
    """The indicators that were accepted last, newest first."""
    return await _named(tx, await store.list_newest_contributions(tx, ACCEPTED, most))


async def _named(tx: Transaction, found: Iterable[Contribution]) -> list[dict[str, Any]]:
    """Indicators with the names of their partners."""
    names = {one.id: one.name for one in await store.list_partners(tx)}
    return [
        {
            **(one.said or {}),
            "indicator": one.key,
            "from_partner": names.get(one.partner, ""),
            "accepted_at": one.decided_at,
        }
        for one in found
    ]


def _as_json(one: dict[str, Any]) -> dict[str, Any]:
    accepted_at = one["accepted_at"]
    return {**one, "accepted_at": accepted_at.isoformat() if accepted_at else None}
