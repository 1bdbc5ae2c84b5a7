"""Bugs that a process of the fault programme is started with, to see that somebody notices."""

from __future__ import annotations

from collections.abc import Sequence

from nats.aio.msg import Msg

from shared import outbox
from shared.consuming import EventSubscriber

NO_PUBLISH_LIMIT = "the relay waits without a limit for an acknowledgement"
ACK_BEFORE_COMMIT = "consumers acknowledge before the commit"
FOR_EVER_SECONDS = 1e6


def plant(bug: str) -> None:
    """Plant the bug of this name in this process; an empty name plants nothing.

    Raises:
        KeyError: there is none of this name.
    """
    if bug:
        {NO_PUBLISH_LIMIT: _wait_for_ever, ACK_BEFORE_COMMIT: _hasten}[bug]()


def _wait_for_ever() -> None:
    outbox.patience = lambda _: FOR_EVER_SECONDS


def _hasten() -> None:
    async def hasty(subscriber: EventSubscriber, messages: Sequence[Msg]) -> None:
        await subscriber._acknowledge(messages)
        await subscriber._try(messages)

    EventSubscriber.handle = hasty  # type: ignore[method-assign]
