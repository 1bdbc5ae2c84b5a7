"""A cable between a program and the server it speaks to: everything goes through, until it suffers a fault."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[[], Awaitable[Ends]]
CHUNK_BYTES = 65_536
# A slow cable lets through what belongs to so many seconds at once.
SLOW_SECONDS = 0.05
NO_LINGER = struct.pack("ii", 1, 0)


class Way(StrEnum):
    """A direction on a cable."""

    OUT = "to the server"
    BACK = "from the server"


BOTH = (Way.OUT, Way.BACK)


@dataclass(frozen=True)
class Fault:
    """What befalls all that goes over a cable in the given ways.

    `late`: each piece waits so many seconds at least and at most, drawn by chance; what comes meanwhile waits
    with the next piece. `hole`: nothing passes, and connections stay open; what was sent comes when the fault
    is over, as TCP sends it again. `pace`: at most so many bytes a second. `ends_after`: each connection ends
    when so many bytes went over it since the fault began, in the middle of whatever they say: in order (FIN),
    or with `reset` at once (RST; on a unix socket it is only closed).
    """

    ways: tuple[Way, ...] = BOTH
    late: tuple[float, float] = (0.0, 0.0)
    hole: bool = False
    pace: float = 0.0
    ends_after: int | None = None
    reset: bool = False


NONE = Fault(ways=())
LATENCY = Fault(late=(0.02, 0.2))
HOLE = Fault(hole=True)
HOLE_OUT = Fault((Way.OUT,), hole=True)
HOLE_BACK = Fault((Way.BACK,), hole=True)
RESET = Fault(ends_after=100, reset=True)
TRUNCATION = Fault(ends_after=100)
SLOW_READER = Fault((Way.BACK,), pace=4_000)
SLOW_WRITER = Fault((Way.OUT,), pace=4_000)


class Cable:
    """Forwards connections to a server; does to them what its `fault` says, until it says something else.

    `suffered` counts the bytes each way that were there to be sent while there was a fault on that way. `cut` ends all that are open, in the middle of whatever they carry; while it is `severed` new ones are
    closed at once.
    """

    def __init__(self, dial: Dial, chance: random.Random | None = None) -> None:
        self.dial = dial
        self.chance = chance or random.Random()  # noqa: S311
        self.severed = False
        self.port = 0
        self.suffered = Counter[Way]()
        self._fault = NONE
        self._changed = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def fault(self) -> Fault:
        """What it suffers from now; NONE where all is well."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()

    @contextmanager
    def suffering(self, fault: Fault) -> Iterator[None]:
        """It has the fault within, and none afterwards."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = NONE

    async def listen(self, path: Path | None = None, window: int = 0) -> None:
        """Take connections: at a unix socket, or at a port of this machine that is drawn once.

        The kernel takes at most so many bytes ahead as `window` says; nought is as many as it likes.
        """
        if path is not None:
            self._server = await asyncio.start_unix_server(self._serve, path)
            return
        listening = socket.create_server(("127.0.0.1", self.port))
        if window:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self._server = await asyncio.start_server(self._serve, sock=listening)
        self.port = listening.getsockname()[1]

    def cut(self) -> int:
        """End every connection that is open; says how many there were."""
        found = list(self._writers)
        for writer in found:
            _abort(writer)
        return len(found) // 2

    async def close(self) -> None:
        """Take the cable away."""
        if self._server is not None:
            self._server.close()
        self.severed = True
        self.fault = NONE
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.severed:
            _abort(writer)
            return
        try:
            there_reader, there_writer = await self.dial()
        except OSError:
            _abort(writer)
            return
        pair = {writer, there_writer}
        self._writers |= pair
        try:
            await asyncio.gather(
                self._copy(Way.OUT, (reader, there_writer), pair),
                self._copy(Way.BACK, (there_reader, writer), pair),
            )
        finally:
            self._writers -= pair
            for end in pair:
                _abort(end)

    async def _copy(self, way: Way, ends: Ends, pair: set[asyncio.StreamWriter]) -> None:
        reader, writer = ends
        known, passed = NONE, 0
        with suppress(OSError):
            while data := await reader.read(self._piece(way)):
                fault = await self._delay(way, len(data))
                passed = passed if fault is known else 0
                known = fault
                whole = _let_through(fault, data, passed)
                writer.write(data[:whole])
                passed += whole
                await writer.drain()
                if fault.ends_after is not None and passed >= fault.ends_after:
                    _end(pair, fault.reset)
                    return
        await self._passable(way)
        with suppress(OSError, RuntimeError):
            await writer.drain()
        writer.close()

    def _on(self, way: Way) -> Fault:
        return self._fault if way in self._fault.ways else NONE

    def _piece(self, way: Way) -> int:
        pace = self._on(way).pace
        return max(1, min(CHUNK_BYTES, int(pace * SLOW_SECONDS))) if pace else CHUNK_BYTES

    async def _delay(self, way: Way, size: int) -> Fault:
        """Let time pass as the fault of now says; returns the fault of then."""
        fault = self._on(way)
        if fault is not NONE:
            self.suffered[way] += size
        await asyncio.sleep(self.chance.uniform(*fault.late) + (size / fault.pace if fault.pace else 0.0))
        return await self._passable(way)

    async def _passable(self, way: Way) -> Fault:
        """Wait while nothing passes; returns the fault of then."""
        while self._on(way).hole:
            await self._changed.wait()
        return self._on(way)


def turned(fault: Fault) -> Fault:
    """The same fault, seen from the other end."""
    other = {Way.OUT: Way.BACK, Way.BACK: Way.OUT}
    return replace(fault, ways=tuple(other[way] for way in fault.ways))


def _let_through(fault: Fault, data: bytes, passed: int) -> int:
    """How many bytes of a piece go on."""
    return len(data) if fault.ends_after is None else max(0, min(len(data), fault.ends_after - passed))


def _end(pair: set[asyncio.StreamWriter], reset: bool) -> None:
    for writer in pair:
        if not reset:
            writer.close()
            continue
        ending = writer.get_extra_info("socket")
        if ending is not None and ending.family != socket.AF_UNIX:
            ending.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        _abort(writer)


def _abort(writer: asyncio.StreamWriter) -> None:
    with suppress(AttributeError):  # a transport that has already gone has forgotten its loop
        writer.transport.abort()


def to_port(port: int) -> Dial:
    """Dials a port of this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


def to_socket(path: Path) -> Dial:
    """Dials a unix socket."""
    return lambda: asyncio.open_unix_connection(path)
