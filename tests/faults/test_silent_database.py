"""A database that goes silent, with connections that stay open: nobody waits for it without end."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from deploy.embedded import Stack
from deploy.embedded.postgres import SOCKET_NAME
from shared import connections
from shared.db import Database
from shared.migrations import upgrade
from tests.faults.cables import HOLE_BACK, HOLE_OUT, Cable, Fault, to_socket

LIMIT_SECONDS = 1.0
HOLES = pytest.mark.parametrize("hole", [HOLE_OUT, HOLE_BACK], ids=["to it", "from it"])


@pytest.fixture
async def cable(servers: Stack, tmp_path: Path) -> AsyncIterator[Cable]:
    cable = Cable(to_socket(servers.sockets / SOCKET_NAME))
    await cable.listen(tmp_path / SOCKET_NAME)
    yield cable
    await cable.close()


@pytest.fixture
async def database(
    cable: Cable, fresh_database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    monkeypatch.setattr(connections, "STATEMENT_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(connections, "CONNECT_SECONDS", LIMIT_SECONDS)
    address = make_url(await fresh_database("campaign"))
    database = Database(address.update_query_dict({"host": str(tmp_path)}), connections=1)
    yield database
    cable.fault = Fault(ways=())
    await database.close()


@HOLES
async def test_a_statement_without_an_answer_ends(cable: Cable, database: Database, hole: Fault) -> None:
    async with database.transaction() as tx:
        await tx.value(text("SELECT 1"))
    with cable.suffering(hole):
        began = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011
            async with asyncio.timeout(30), database.transaction() as tx:
                await tx.value(text("SELECT 1"))
        assert time.monotonic() - began < 5 * LIMIT_SECONDS
    async with database.transaction() as tx:
        assert await tx.value(text("SELECT 1")) == 1


async def test_the_kernel_is_told_to_watch_a_connection_over_tcp(servers: Stack, fresh_database) -> None:
    cable = Cable(to_socket(servers.sockets / SOCKET_NAME))
    await cable.listen()
    address = make_url(await fresh_database("campaign"))
    database = Database(address.set(host="127.0.0.1", port=cable.port, query={}), connections=1)
    async with database.transaction() as tx:
        raw = (await tx.conn.get_raw_connection()).driver_connection
        end = raw._transport.get_extra_info("socket")
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
        assert await tx.value(text("SHOW client_connection_check_interval")) == "5s"
    await database.close()
    await cable.close()


@HOLES
async def test_a_start_does_not_wait_for_it(
    cable: Cable, database: Database, hole: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("STATEMENT_SECONDS", "CONNECT_SECONDS"):
        monkeypatch.setattr(connections, limit, LIMIT_SECONDS)
    assert not await upgrade(database.engine.url, "campaign")
    with cable.suffering(hole):
        began = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011
            await upgrade(database.engine.url, "campaign")
        assert time.monotonic() - began < 20 * LIMIT_SECONDS


@HOLES
async def test_whoever_gives_up_waiting_is_let_go_at_once(
    cable: Cable, database: Database, hole: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STATEMENT_SECONDS", 60.0)
    assert await database.answers()
    with cable.suffering(hole):
        began = time.monotonic()
        assert not await database.answers(0.5)
        assert time.monotonic() - began < 1.5
    assert await database.answers()
