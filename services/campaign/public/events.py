"""Public events over HTTP: their history by pages, and one by its id."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.campaign import history, partners, store, thresholds
from services.campaign.history import BEGINNING
from services.campaign.store import Part
from shared import opened
from shared.db import Transaction
from shared.errors import Gone, Invalid, NotFound
from shared.requests import Tx

router = APIRouter()

After = Annotated[str, Query(max_length=200, description="The id of the last event that you have.")]
Types = Annotated[str, Query(max_length=2000, description="Types or short names, with commas; empty is all.")]
Limit = Annotated[int, Query(ge=1, le=thresholds.EVENTS_ON_LARGEST_PAGE)]


@router.options("/asyncapi.json", include_in_schema=False)
@router.options("/asyncapi.yaml", include_in_schema=False)
@router.options("/schemas/{_}", include_in_schema=False)
@router.options("/api/indicators", include_in_schema=False)
@router.options("/api/events", include_in_schema=False)
@router.options("/api/events/{_}", include_in_schema=False)
@router.options("/api/export", include_in_schema=False)
@router.options("/api/export/{_}", include_in_schema=False)
async def allow_other_sites() -> Response:
    """What a browser asks before a page of another site may read with headers of its own."""
    return Response(status_code=204, headers=opened.ALLOWED)


@router.get("/api/events")
async def list_events(
    request: Request,
    tx: Tx,
    after: After = BEGINNING,
    types: Types = "",
    limit: Limit = thresholds.EVENTS_ON_PAGE,
) -> Response:
    """The next public events as a batch of CloudEvents, in the order in which they were kept.

    The header `Latu-Cursor` is where to go on; `Link` leads to the next page where there is one already.
    """
    position = await position_of(tx, after)
    page = await store.load_page(tx, Part(position, types_of(types), limit), after)
    headers = {opened.CURSOR: page.cursor}
    if page.more:
        query = {"after": page.cursor, "limit": str(limit)} | ({"types": types} if types else {})
        address = request.app.state.settings.campaign_url.rstrip("/")
        headers["Link"] = f'<{address}/api/events?{urlencode(query)}>; rel="next"'
    body = history.batch(page.told).encode()
    return opened.answer(request, body, "application/cloudevents-batch+json", **headers)


@router.get("/api/events/{event_id}")
async def read_event(request: Request, tx: Tx, event_id: str) -> Response:
    """One public event as a CloudEvent."""
    told = await store.find_told(tx, event_id)
    if told is None:
        raise NotFound("no_such_event", "There is no public event with this id.")
    if told.event is None:
        raise Gone("withdrawn", "What this event said was withdrawn by the person who told it.")
    return opened.answer(request, told.event.encode(), "application/cloudevents+json")


async def position_of(tx: Transaction, cursor: str) -> int:
    """Where a cursor stands in the history.

    Raises:
        Invalid: no event has this id.
    """
    found = await store.find_position(tx, cursor)
    if found is None:
        raise Invalid(
            "unknown_cursor", "No public event has the id that `after` names. Begin with after=beginning."
        )
    return found


def types_of(said: str) -> tuple[str, ...]:
    """The types that are wanted, of what is told of one thing always all; none are all.

    Raises:
        Invalid: there is no such public event.
    """
    words = [word for word in said.split(",") if word.strip()]
    return partners.readable(words) if words else ()
