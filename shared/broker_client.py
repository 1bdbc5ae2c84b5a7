"""The client of the broker, which does not wait for a node that takes nothing any more."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

# What is left to be sent at the end is sent within this time or not at all.
CLOSE_SECONDS = 2.0
DRAIN_SECONDS = 4.0


class LeavingClient(Client):
    """Lets go of a connection with what could not be sent over it; what was not acknowledged is sent again.

    nats-py waits until all is sent before it goes to another node or ends. A node that hangs, or a link
    that loses everything, takes nothing: then it waits until the kernel gives up, after a quarter of an hour.
    """

    async def drain(self) -> None:
        """Take nothing more, send what is left, and close; only close where the broker is away."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await super().drain()
        except (NatsError, TimeoutError):
            await self.close()

    async def _attempt_reconnect(self) -> None:
        self._let_go()
        await super()._attempt_reconnect()

    async def _select_next_server(self) -> None:
        task = asyncio.current_task()
        # nats-py can swallow on the way here that it was told to end: then it would look for a node for ever.
        if self.is_reconnecting and task is not None and task.cancelling():
            raise asyncio.CancelledError
        await super()._select_next_server()

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        letting_go = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._let_go)
        try:
            with suppress(OSError):  # what was left could not be sent
                await super()._close(status, do_cbs)
        finally:
            letting_go.cancel()

    def _let_go(self) -> None:
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            with suppress(AttributeError):  # a transport that has already gone has forgotten its loop
                writer.transport.abort()


async def open_client(servers: list[str], **options: Any) -> Client:
    """A connection to the first of the servers that answers."""
    client = LeavingClient()
    await client.connect(servers, **options)
    return client
