"""A cable does to what goes over it what its fault says, and nothing when it has none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.cables import (
    HOLE_BACK,
    HOLE_OUT,
    LATENCY,
    RESET,
    SLOW_READER,
    TRUNCATION,
    Cable,
    Ends,
    Fault,
    to_port,
    to_socket,
)

SOON = 0.3


class Place:
    """A server that says everything again, a cable to it, and one connection over the cable."""

    def __init__(self, cable: Cable, ends: Ends, heard: list[bytes]) -> None:
        self.cable = cable
        self.reader, self.writer = ends
        self.heard = heard

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def soon(self) -> bytes:
        """What comes back within a moment."""
        got = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON):
                while data := await self.reader.read(65_536):
                    got += data
        return got


@pytest.fixture(params=["port", "socket"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    heard = list[bytes]()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                heard.append(data)
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cable = Cable(to_port(port))
    socket = tmp_path / "cable" if request.param == "socket" else None
    await cable.listen(socket)
    ends = await (to_port(cable.port) if socket is None else to_socket(socket))()
    yield Place(cable, ends, heard)
    ends[1].close()
    await cable.close()
    server.close()


async def test_without_a_fault_everything_passes(place: Place) -> None:
    await place.say(b"x" * 300_000)
    assert len(await place.soon()) == 300_000


async def test_latency_only_delays(place: Place) -> None:
    began = time.monotonic()
    with place.cable.suffering(LATENCY):
        await place.say(b"hello")
        assert await place.reader.readexactly(5) == b"hello"
    assert 2 * LATENCY.late[0] <= time.monotonic() - began


@pytest.mark.parametrize(("hole", "arrives"), [(HOLE_OUT, False), (HOLE_BACK, True)])
async def test_a_hole_swallows_one_way_until_it_is_over(place: Place, hole: Fault, arrives: bool) -> None:
    with place.cable.suffering(hole):
        await place.say(b"hello")
        assert await place.soon() == b""
        assert (place.heard == [b"hello"]) is arrives
    assert await place.soon() == b"hello"


async def test_whoever_leaves_is_not_seen_to_leave_through_a_hole(place: Place) -> None:
    with place.cable.suffering(HOLE_OUT):
        await place.say(b"hello")
        place.writer.close()
        await asyncio.sleep(SOON)
        assert place.cable.cut() == 1


async def test_truncation_ends_in_the_middle_and_in_order(place: Place) -> None:
    with place.cable.suffering(TRUNCATION):
        await place.say(b"x" * 1_000)
        await place.reader.read()
        assert place.reader.at_eof()
    assert sum(map(len, place.heard)) == TRUNCATION.ends_after


async def test_reset_ends_in_the_middle_at_once(place: Place, request: pytest.FixtureRequest) -> None:
    ended: Callable[[], None] = place.writer.close
    with place.cable.suffering(RESET):
        await place.say(b"x" * 1_000)
        if "port" in request.node.callspec.params.values():
            with pytest.raises(ConnectionResetError):
                await place.reader.read()
        else:
            await place.reader.read()
        ended()
    assert sum(map(len, place.heard)) <= (RESET.ends_after or 0)


async def test_a_slow_reader_takes_a_little_at_a_time(place: Place) -> None:
    with place.cable.suffering(SLOW_READER):
        await place.say(b"x" * 40_000)
        assert 0 < len(await place.soon()) < 4_000
    async with asyncio.timeout(10):
        await place.reader.readexactly(30_000)


async def test_new_connections_meet_the_fault_as_well(place: Place) -> None:
    with place.cable.suffering(TRUNCATION):
        await place.say(b"x" * 1_000)
        await place.reader.read()
        if not place.cable.port:
            return
        reader, writer = await to_port(place.cable.port)()
        writer.write(b"x" * 1_000)
        await reader.read()
        assert reader.at_eof()
        writer.close()
