"""Whoever is slow, or cut off in the middle, costs nobody else anything, and is told the truth."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Request
from sqlalchemy import make_url, text

from deploy.embedded import Stack
from deploy.embedded.postgres import SOCKET_NAME
from shared import bodies, requests
from shared.events import Text
from shared.http import Service, Tx, make_app
from shared.messaging import Handlers
from shared.settings import Settings
from shared.streams import ensure_streams
from tests.faults.cables import HOLE_BACK, HOLE_OUT, NONE, SLOW_READER, Cable, Fault, to_port, to_socket

LIMIT_SECONDS = 1.0
CONNECTIONS = 3
LONG = 6_000_000
router = APIRouter()


@router.post("/api/words")
async def take_words(request: Request, tx: Tx) -> int:
    return len(await request.body()) + int(await tx.value(text("SELECT 0")))


@router.get("/api/long")
async def read_long(tx: Tx) -> str:
    return str(await tx.value(text(f"SELECT repeat('x', {LONG})")))


@router.get("/api/slow")
async def read_slowly(tx: Tx) -> None:
    await tx.execute(text("SELECT pg_sleep(1.5)"))


class Place:
    """A service behind a door, and a cable to its database."""

    def __init__(self, door: Cable, database: Cable, port: int) -> None:
        self.door = door
        self.database = database
        self.port = port

    async def ask(self, path: str = "/api/words", port: int | None = None) -> httpx.Response:
        url = f"http://127.0.0.1:{port or self.port}{path}"
        async with httpx.AsyncClient(timeout=20) as client:
            return await (client.post(url, content=b"ab") if path == "/api/words" else client.get(url))


@pytest.fixture
async def place(
    servers: Stack, fresh_database, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    monkeypatch.setattr(bodies, "BODY_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(requests, "REQUEST_SECONDS", 2 * LIMIT_SECONDS)
    await ensure_streams(nats_url)
    cable = Cable(to_socket(servers.sockets / SOCKET_NAME))
    await cable.listen(tmp_path / SOCKET_NAME)
    urls = [
        make_url(await fresh_database(name)).update_query_dict({"host": str(tmp_path)})
        for name in ("coaching", "staff")
    ]
    settings = Settings(
        database_url=urls[0].render_as_string(hide_password=False),
        staff_database_url=urls[1].render_as_string(hide_password=False),
        nats_url=nats_url,
        database_connections=CONNECTIONS,
    )
    service = Service(
        "coaching", Text(fi="Koe", en="Trial"), Path(__file__).parent, Handlers("coaching"), [router]
    )
    server = uvicorn.Server(uvicorn.Config(make_app(service, settings), log_config=None, lifespan="on"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.02)
        door = Cable(to_port(port))
        await door.listen()
        yield Place(door, cable, port)
        cable.fault = NONE
        server.should_exit = True
        await serving
    await door.close()
    await cable.close()


async def test_who_sends_slowly_holds_no_connection_and_is_told_so(place: Place) -> None:
    ends = [await to_port(place.port)() for _ in range(2 * CONNECTIONS)]
    for _, writer in ends:
        writer.write(b"POST /api/words HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
    began = time.monotonic()
    answer = await place.ask()
    assert (answer.status_code, answer.text) == (200, "2")
    assert time.monotonic() - began < LIMIT_SECONDS
    for reader, writer in ends:
        assert b" 408 " in await reader.readline()
        writer.close()


async def test_who_reads_slowly_holds_no_connection(place: Place) -> None:
    with place.door.suffering(SLOW_READER):
        slow = [asyncio.create_task(place.ask("/api/long", place.door.port)) for _ in range(2 * CONNECTIONS)]
        await asyncio.sleep(LIMIT_SECONDS)
        assert (await place.ask()).status_code == 200
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


@pytest.mark.parametrize("hole", [HOLE_OUT, HOLE_BACK], ids=["to it", "from it"])
async def test_a_database_that_is_silent_is_said_to_be_away(place: Place, hole: Fault) -> None:
    assert (await place.ask()).status_code == 200
    with place.database.suffering(hole):
        began = time.monotonic()
        asked = [*(place.ask() for _ in range(2 * CONNECTIONS)), place.ask("/health/ready")]
        answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["retry-after"] for answer in answers[:-1]} == {"5"}
        assert time.monotonic() - began < 8 * LIMIT_SECONDS
        assert (await place.ask("/health/live")).status_code == 200
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while (await place.ask()).status_code != 200:
                await asyncio.sleep(0.1)
    assert (await place.ask("/health/ready")).status_code == 200


async def test_a_database_that_goes_in_the_middle_is_away_and_nothing_else(
    place: Place, postgres: asyncpg.Connection
) -> None:
    asked = asyncio.create_task(place.ask("/api/slow"))
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while not await postgres.fetchval(sleeping):
        await asyncio.sleep(0.02)
    place.database.cut()
    answer = await asked
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
