"""A cable between a program and the server it speaks to: everything goes through, until it is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[[], Awaitable[Ends]]
CHUNK_BYTES = 65_536


class Cable:
    """Forwards connections to a server.

    `cut` ends all that are open, in the middle of whatever they carry; while it is `severed` new ones are
    closed at once. While it does not flow, open connections stay open and carry nothing, as behind a link
    that loses everything.
    """

    def __init__(self, dial: Dial) -> None:
        self.dial = dial
        self.severed = False
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, path: Path | None = None) -> None:
        """Take connections: at a unix socket, or at a port of this machine that is drawn once."""
        if path is not None:
            self._server = await asyncio.start_unix_server(self._serve, path)
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

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
            await asyncio.gather(self._copy(reader, there_writer), self._copy(there_reader, writer))
        finally:
            self._writers -= pair
            for end in pair:
                _abort(end)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await self.flowing.wait()
                writer.write(data)
                await writer.drain()
        with suppress(OSError, RuntimeError):
            await writer.drain()
        writer.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    with suppress(AttributeError):  # a transport that has already gone has forgotten its loop
        writer.transport.abort()


def to_port(port: int) -> Dial:
    """Dials a port of this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


def to_socket(path: Path) -> Dial:
    """Dials a unix socket."""
    return lambda: asyncio.open_unix_connection(path)
