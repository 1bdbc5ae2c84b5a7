"""Pulling: messages of one durable, bounded in number and bytes; what is not settled is given back."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.errors import APIError, ServiceUnavailableError

# A pull ends with the node that had it, which nobody says: the next one follows soon.
PULL_SECONDS = 2.0
GRACE_SECONDS = 0.5
# Of one pull: whatever the number of messages, memory must hold them all, and what is made of them.
PULL_BYTES = 8_000_000
ENDED = ("404", "408")
TOO_LARGE = "Message Size Exceeds MaxBytes"


class Pull:
    """Pulls from a durable. `hand` is what was taken last."""

    def __init__(self, client: Client, stream: str, durable: str) -> None:
        self.hand: list[Msg] = []
        self.stream, self.durable = stream, durable
        self._client = client
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = client.new_inbox()
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._asked = 0
        self._subscription: Subscription | None = None

    async def open(self) -> None:
        """Listen for what is pulled."""
        self._subscription = await self._client.subscribe(f"{self._inbox}.*", cb=self._arrived.put)

    async def take(self, most: int) -> list[Msg]:
        """What is there, up to `most` messages and `PULL_BYTES`; else waits a little for the first.

        Raises:
            NatsError: the broker does not answer, or has no such durable.
        """
        self.hand = []
        ended = await self._ask({"batch": most, "max_bytes": PULL_BYTES})
        if ended == TOO_LARGE and not self.hand:
            ended = await self._ask({"batch": 1})
        if ended and ended != TOO_LARGE and not self.hand:
            raise (
                ServiceUnavailableError(description=ended) if ended == "503" else APIError(description=ended)
            )
        return self.hand

    async def unsubscribe(self) -> None:
        """Take nothing more, and give back at once what was not settled: another replica has time for it."""
        if self._subscription is None:
            return
        with contextlib.suppress(NatsError, TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._subscription.drain()  # type: ignore[no-untyped-call]  # what is on its way arrives; then no more
        self._subscription = None
        while not self._arrived.empty():
            self.hand.append(self._arrived.get_nowait())
        for message in self.hand:
            if not _status(message) and not message.is_acked:
                with contextlib.suppress(NatsError):
                    await message.nak()
        self.hand = []

    async def _ask(self, order: dict[str, Any]) -> str:
        """Pull; returns how it ended where the broker said more than that there is no more."""
        self._asked += 1
        reply = f"{self._inbox}.{self._asked}"
        order |= {"expires": int(PULL_SECONDS * 1e9), "no_wait": True}
        await self._client.publish(self._next, json.dumps(order).encode(), reply=reply)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PULL_SECONDS + GRACE_SECONDS):
                while len(self.hand) < order["batch"]:
                    message = await self._arrived.get()
                    status = _status(message)
                    if not status:
                        self.hand.append(message)
                    elif message.subject == reply:  # not of an earlier pull
                        return "" if status in ENDED else _said(message, status)
        return ""


def _status(message: Msg) -> str:
    """What the broker says instead of a message; empty for a message."""
    return "" if message.reply else (message.headers or {}).get("Status", "")


def _said(message: Msg, status: str) -> str:
    if status == "503":
        return status
    return (message.headers or {}).get("Description", status)
