"""Bodies of requests: taken within limits of size and time, all together within what memory allows."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

LARGEST_BODY = 2_000_000
LARGEST_UPLOAD = 60_000_000
# What is at most as large as a form is there within seconds, over a slow line too. A larger file may take
# longer: it comes from staff, and is read before a connection to the database is taken.
BODY_SECONDS = 30.0
# Of all requests of a process together: what is over it is sent away, and may come again.
MOST_BYTES = 200_000_000


@dataclass
class Taken:
    """How many bytes of bodies a process has in hand."""

    bytes: int = 0


class Body:
    """The body of one request; `give_back` when the request is over."""

    def __init__(self, receive: Receive, limit: int, taken: Taken) -> None:
        self._from_sender = receive
        self._limit = limit
        self._taken = taken
        self._received = 0
        self._read: deque[Message] = deque()

    async def read(self) -> None:
        """Take all of it now.

        Raises:
            TimeoutError: it is not there in time.
            HTTPException: it is too large (413), or there is no room (503).
        """
        more = True
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await self._next()
                more = message["type"] == "http.request" and message.get("more_body", False)
                self._read.append(message)

    async def receive(self) -> Message:
        """The next part, for the application."""
        return self._read.popleft() if self._read else await self._next()

    def give_back(self) -> None:
        """Count it as gone."""
        self._taken.bytes -= self._received

    async def _next(self) -> Message:
        message = await self._from_sender()
        came = len(message.get("body", b""))
        self._received += came
        self._taken.bytes += came
        if self._received > self._limit:
            raise HTTPException(413)
        if self._taken.bytes > MOST_BYTES:
            raise HTTPException(503)
        return message
