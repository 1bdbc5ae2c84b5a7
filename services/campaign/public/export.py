"""Public events in bulk: a file for each day, for who begins or was away for long."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from services.campaign import history, store
from services.campaign.history import Day
from shared import opened
from shared.db import Database
from shared.errors import NotFound
from shared.requests import Tx

router = APIRouter()

GZIP = 16 + zlib.MAX_WBITS
NDJSON = "application/x-ndjson"


@router.get("/api/export")
async def list_export(request: Request, tx: Tx) -> Response:
    """The days that have events, oldest first, with the lines, the ETag and the SHA-256 of each file.

    The files one after another are the history in its order. Only the last one grows; an older one changes
    when something in it is withdrawn, and then its ETag does. The newest day has no digest, a finished one
    has it minutes later: no request works it out.
    """
    address = request.app.state.settings.campaign_url.rstrip("/")
    found = await store.list_days(tx)
    digests = await store.load_digests(tx)
    days = [{**_as_json(day, address), "sha256": digests.get(day.etag)} for day in found]
    body = JSONResponse({"time_zone": history.REGION_TIME.key, "days": days}).body
    return opened.answer(request, bytes(body), "application/json")


@router.get("/api/export/{day}.ndjson")
async def read_export(request: Request, tx: Tx, day: date) -> Response:
    """The events that were published on a day (Europe/Helsinki), a CloudEvent a line, in their order."""
    found = await store.find_day(tx, day)
    if found is None:
        raise NotFound("no_such_day", "No public event was published on this day.")
    headers = {"ETag": found.etag, "Cache-Control": opened.ASK_AGAIN, "Vary": "Accept-Encoding"} | opened.OPEN
    if opened.is_known(request, found.etag):
        return Response(status_code=304, headers=headers)
    parts = _parts(request.app.state.database, found)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        parts = _zipped(parts)
    return StreamingResponse(parts, media_type=NDJSON, headers=headers)


def _as_json(day: Day, address: str) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "events": day.events,
        "etag": day.etag,
        "address": f"{address}/api/export/{day.day}.ndjson",
    }


async def _parts(database: Database, day: Day) -> AsyncIterator[bytes]:
    """A part of the file at a time, each in a transaction of its own: a slow reader holds none."""
    after = 0
    while after < day.last:
        async with database.transaction() as tx:
            rows = await store.list_of_day(tx, day, after, store.ROWS_OF_DAY)
        if not rows:
            return
        after = rows[-1].position
        yield history.lines(rows).encode()


async def _zipped(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(wbits=GZIP)
    async for part in parts:
        yield packer.compress(part)
    yield packer.flush()
