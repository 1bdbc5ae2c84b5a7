"""A wire to PostgreSQL's socket that a test can cut and mend."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, make_url

from deploy.embedded.postgres import SOCKET_NAME


class Wire:
    """Forwards connections from a socket of its own; cut, the socket is gone and every connection ends."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        self.path = folder / SOCKET_NAME
        self.target = sockets / SOCKET_NAME
        self.open: set[asyncio.StreamWriter] = set()
        self.server: asyncio.Server | None = None

    def url(self, address: str) -> URL:
        """The same database by way of the wire."""
        return make_url(address).update_query_dict({"host": str(self.path.parent)})

    async def mend(self) -> None:
        """Let connections through."""
        self.server = await asyncio.start_unix_server(self._serve, self.path)

    async def cut(self) -> None:
        """Let no connection through, and end those that are."""
        if self.server is not None:
            self.server.close()
        self.path.unlink(missing_ok=True)
        for writer in list(self.open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(self.target)
        self.open |= {writer, there_writer}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_copy(reader, there_writer))
                tasks.create_task(_copy(there_reader, writer))
        finally:
            self.open -= {writer, there_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
