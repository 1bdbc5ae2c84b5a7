"""A server of many webhooks, in a process of its own: healthy ones, and those that hang, fail or drip.

`/healthy/N` answers 204, `/slow/N` too but late, `/failing/N` 500, `/gone/N` 410, `/hanging/N` nothing, `/dripping/N` a letter a
second, `/cut/N` ends the connection, `/moved/N` sends elsewhere. `GET /arrivals` tells what healthy ones got, and when.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ANSWERS = {
    "healthy": b"HTTP/1.1 204 No Content\r\n\r\n",
    "slow": b"HTTP/1.1 204 No Content\r\n\r\n",
    "failing": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
    "gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
    "moved": b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /healthy/0\r\nContent-Length: 0\r\n\r\n",
}
KEPT_WHOLE = 50
# As late as is still taken for an answer.
SLOW_SECONDS = 14.0


class Receiver:
    """Keeps when each event came to each healthy path, and some of them whole."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[str, str, float]] = []
        self.whole: list[dict[str, Any]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length") or 0))
        if method == "GET":
            return await self._tell(writer)
        kind = path.split("/")[1]
        if kind == "healthy":
            self.arrivals.append((path, headers.get("webhook-id", ""), time.time()))
            if len(self.whole) < KEPT_WHOLE:
                self.whole.append({"path": path, "headers": headers, "body": body.decode()})
        return await _answer(writer, kind)

    async def _tell(self, writer: asyncio.StreamWriter) -> bool:
        told = json.dumps({"arrivals": self.arrivals, "whole": self.whole}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told)
        await writer.drain()
        return True


async def _answer(writer: asyncio.StreamWriter, kind: str) -> bool:
    if kind in ("hanging", "slow"):
        await asyncio.sleep(3600 if kind == "hanging" else SLOW_SECONDS)
    if kind == "dripping":
        for letter in "HTTP/1.1 200 OK\r\nX-Long: " + "x" * 600:
            writer.write(letter.encode())
            await writer.drain()
            await asyncio.sleep(1)
    if kind not in ANSWERS:
        return False
    writer.write(ANSWERS[kind])
    await writer.drain()
    return True


@contextmanager
def receiving() -> Iterator[str]:
    """The address of a receiver, which ends with the block."""
    command = [sys.executable, "-m", "tests.partners.receiver"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


async def main() -> None:
    """Serve until killed; the first line says the port."""
    server = await asyncio.start_server(Receiver().serve, "127.0.0.1", 0, backlog=2000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
