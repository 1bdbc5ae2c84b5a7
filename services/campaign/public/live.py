"""Public events as they come: Server-Sent Events."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event
from prometheus_client import Gauge
from starlette.types import Message, Send

from services.campaign import commands, store, thresholds
from services.campaign.history import Told
from services.campaign.public.events import After, Types, position_of, types_of
from shared import opened
from shared.db import Database
from shared.outbox import wait_for

log = logging.getLogger(__name__)
router = APIRouter()

POLL_SECONDS = 5.0
# What a person withdraws is told from memory no longer than this.
REMEMBERED_SECONDS = 5.0
# So many readers at most read from the database at once: they leave connections to everybody else.
CATCHING_UP = 2
ROWS = 200

EVENT_STREAMS = Gauge("latu_event_streams", "Readers of public events that are connected (SSE).")


@dataclass(frozen=True, slots=True)
class Newest:
    """The rows that were read last, after `start` up to `end`: what readers who keep up are told."""

    start: int
    end: int
    rows: tuple[Told, ...] = ()
    at: float = 0.0


class Live:
    """Reads what is new once for all readers of this process, and wakes them.

    A reader has a place and nothing else. Whoever keeps up is told from the rows that were read last; whoever
    is behind reads pages from the database. Nobody holds a connection to it while waiting.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.newest: Newest | None = None
        self.turn = asyncio.Event()
        self.ended = False
        self.readers = 0
        self.catching_up = asyncio.Semaphore(CATCHING_UP)
        self.work: asyncio.Task[None] | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A reader is here; the first one sets the reading going."""
        self.readers += 1
        EVENT_STREAMS.inc()
        if self.work is None or self.work.done():
            self.work = asyncio.create_task(self._read_on())
        try:
            yield
        finally:
            self.readers -= 1
            EVENT_STREAMS.dec()

    def end(self) -> None:
        """Let every reader go: the process ends."""
        self.ended = True
        self._wake()
        self.database.signal(commands.PUBLIC_EVENTS_KEPT).set()

    async def rows_after(self, position: int) -> tuple[Told, ...]:
        """What follows on a position, some of it at a time; nothing where all is told."""
        newest = self.newest
        if newest and position >= newest.end:
            return ()
        if newest and position >= newest.start and time.monotonic() - newest.at < REMEMBERED_SECONDS:
            return tuple(row for row in newest.rows if row.position > position)
        async with self.catching_up, self.database.transaction() as tx:
            return await store.list_rows(tx, position, ROWS)

    async def _read_on(self) -> None:
        signal = self.database.signal(commands.PUBLIC_EVENTS_KEPT)
        while self.readers and not self.ended:
            signal.clear()
            try:
                more = await self._read_once()
            except Exception as error:  # noqa: BLE001 - the database is away: readers wait, and so do we
                log.warning("what is new cannot be read: %s", type(error).__name__)
                more = False
            if not more:
                await wait_for(signal, POLL_SECONDS)
        self.newest = None

    async def _read_once(self) -> bool:
        async with self.database.transaction() as tx:
            before = self.newest.end if self.newest else (await store.load_history(tx)).position
            rows = await store.list_rows(tx, before, ROWS)
        if rows or self.newest is None:
            self.newest = Newest(before, rows[-1].position if rows else before, rows, time.monotonic())
            self._wake()
        return bool(rows)

    def _wake(self) -> None:
        self.turn.set()
        self.turn = asyncio.Event()


@dataclass(slots=True)
class Place:
    """Where a reader is; `told` is the last id that it was sent."""

    position: int
    types: tuple[str, ...]
    cursor: str = ""
    told: str = ""


class EventStream(StreamingResponse):
    """A stream whose reader is let go when it does not take what it is sent: it resumes where it was."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        """Send it all, each part in time."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(thresholds.EVENT_STREAM_PATIENCE):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            log.info("a reader of public events is too slow and was let go")


@router.get("/api/events/stream", response_class=EventStream)
async def stream_events(
    request: Request,
    after: After = "",
    types: Types = "",
    last_event_id: Annotated[str, Header(max_length=200)] = "",
) -> Response:
    """Public events as they come, each a CloudEvent; without a cursor those from now on.

    A reader that reconnects sends the id of the last event that it has, as `Last-Event-ID` or `after`, and
    is told all that came since. Without events a comment comes every 15 seconds.
    """
    live = live_of(request.app)
    if live.ended or live.readers >= thresholds.EVENT_STREAMS:
        raise HTTPException(503)
    wanted = types_of(types)
    cursor = last_event_id or after
    async with live.database.transaction() as tx:
        known = await position_of(tx, cursor) if cursor else (await store.load_history(tx)).position
    parts = _parts(live, Place(known, wanted, cursor, cursor))
    headers = {**opened.OPEN, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(parts, headers=headers)


def live_of(app: FastAPI) -> Live:
    """What an application's readers share."""
    live: Live | None = getattr(app.state, "live", None)
    if live is None or live.database is not app.state.database:
        live = app.state.live = Live(app.state.database)
        app.state.at_end.append(live.end)
    return live


async def _parts(live: Live, place: Place) -> AsyncIterator[bytes]:
    if live.readers >= thresholds.EVENT_STREAMS:
        return  # others came while its place was looked up
    with live.reading():
        # Drawn, so that the readers of a process that ends do not all come at once.
        yield format_sse_event(comment="Latu", retry=random.randint(2000, 6000))  # noqa: S311
        while not live.ended:
            turn = live.turn
            rows = await _rows(live, place)
            for row in rows:
                place.position, place.cursor = row.position, row.id
                if row.event is not None and (not place.types or row.type in place.types):
                    place.told = row.id
                    yield format_sse_event(data_str=row.event, id=row.id)
            if not rows and not await _woken(turn):
                yield _heartbeat(place)


async def _rows(live: Live, place: Place) -> tuple[Told, ...]:
    try:
        return await live.rows_after(place.position)
    except Exception as error:  # noqa: BLE001 - the database is away: the reader waits, told by heartbeats
        log.warning("a reader waits for the database: %s", type(error).__name__)
        return ()


async def _woken(turn: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(thresholds.EVENT_STREAM_HEARTBEAT):
            await turn.wait()
    except TimeoutError:
        return False
    return True


def _heartbeat(place: Place) -> bytes:
    """A comment; with the id of what was passed since the last event, so that none looks at it again."""
    if place.cursor == place.told:
        return format_sse_event(comment="here")
    place.told = place.cursor
    return format_sse_event(comment="here", id=place.cursor)
