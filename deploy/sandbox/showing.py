"""A sandbox that is shown to a person: how to come to it, what it tells, and what becomes of what is sent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from deploy.sandbox.answering import answer
from deploy.sandbox.broker import Sandbox, replay, sandbox
from deploy.sandbox.history import recorded
from services.campaign.contributions import Contribution
from shared.cli.snippets import how_to_connect
from shared.db import now_in_utc

Say = Callable[[str], None]


async def show(folder: Path, port: int, pace: float, say: Say) -> None:
    """Run until it is cancelled; tell the history once, so many events a second.

    Raises:
        Trouble: it cannot be started.
    """
    async with sandbox(folder, port) as made:
        say(f"The sandbox is at {made.url}; your key is in {made.key}. All that it tells is synthetic.")
        say(how_to_connect(made.as_told(), made.url, str(made.key), now_in_utc()))
        answering = asyncio.create_task(_answer(made, say))
        try:
            async for said in replay(made, recorded(), pace):
                say(f"told: {said.type} {said.key}, revision {said.revision}")
            say("The history is told. It waits for whoever has not read it; Ctrl-C stops the sandbox.")
            await answering
        finally:
            answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answering


async def _answer(made: Sandbox, say: Say) -> None:
    async for found in answer(made):
        say(f"sent: {found.kind} {found.name}, revision {found.revision}: {_became(found)}")


def _became(found: Contribution) -> str:
    if found.status == "quarantined":
        return f"kept apart until staff have looked ({', '.join(found.checks)})"
    where = f" ({found.place})" if found.place else ""
    return f"refused: {found.reason}{where}" if found.status == "refused" else found.status
