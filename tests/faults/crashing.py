"""Crash points: on both sides of every commit, publish and acknowledgement a service can be told to die, once.

They are put around the code of a service that the programme starts (tests/faults/actor.py); no other process has
them. A point is armed by a file of its name; the first process that comes to the point takes the file and
kills itself.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared import outbox
from shared.db import Database, Transaction

# Whose commit it is, by the function that opened the transaction.
COMMITS = {
    "shared.requests._transaction": "a request",
    "shared.consuming._try": "a batch of events",
    "shared.consuming._put_aside": "a dead letter",
    "shared.outbox.relay_once": "the relay",
    "shared.timers.run_once": "a timer",
    "shared.http._working": "the start",
    "shared.auth.current": "a look at a token",
    "shared.following.follow": "what is followed",
    "services.campaign.timers.taking._take": "a contribution",
}
ACKS = {
    "shared.consuming._acknowledge": "acknowledging what was handled",
    "shared.consuming._settle": "acknowledging a dead letter",
    "services.campaign.timers.taking._end": "acknowledging a contribution",
}
# Where something is committed, acknowledged or given back without a point, and why.
_READS = "it only reads"
_BY_HAND = "operators run it by hand, and may run it again"
_SELDOM = "too seldom in a run for two deaths there"
WITHOUT = {
    "shared.auth.ensure_first_account": "once in the life of a stack, before it serves",
    "shared.auth.admit_command_line": "at a start, and the next start does it again",
    "shared.web.sign_in.sign_in": "the programme shows a token and signs in nowhere",
    "shared.web.sign_in.sign_out": "the programme shows a token and signs in nowhere",
    "shared.gauges.run_gauges": _READS,
    "shared.replay._batch": _READS,
    "shared.replay._try": _BY_HAND,
    "shared.replay._alone": _BY_HAND,
    "shared.rebuild.rebuild": _BY_HAND,
    "shared.backbone_api.replay_events": _BY_HAND,
    "shared.given_up.put_aside": _SELDOM,
    "shared.given_up._keep_pulling": _SELDOM,
    "shared.passed_over.look_back": "a place that is lost is looked at again",
    "shared.passed_over._list_unknown": _READS,
    "shared.passed_over._handle": _SELDOM,
    "shared.pulling.unsubscribe": "what is not given back comes again by itself, as after a death anywhere",
    "services.campaign.timers.taking.settle": "what is not given back comes again by itself",
    "services.campaign.timers.sending.turn": "the programme has no webhooks; `make partner-suite` has",
    "services.campaign.timers.watching.watch_partners": _READS,
    "services.campaign.public.export._parts": _READS,
    "services.campaign.public.live.rows_after": _READS,
    "services.campaign.public.live._read_once": _READS,
    "services.campaign.public.live.stream_events": _READS,
}
ACTS = ("publishing a batch", "publishing one event", "purging a key", "a handler", *ACKS.values())
SIDES = ("before", "after")
POINTS = tuple(
    f"{side} {what}"
    for what in (*(f"the commit of {name}" for name in COMMITS.values()), *ACTS)
    for side in SIDES
)
Async = Callable[..., Awaitable[Any]]


def arm(folder: Path, point: str) -> bool:
    """Let the next process that comes to this point die there; says whether it was not armed yet."""
    if is_armed(folder, point):
        return False
    (folder / point).touch()
    return True


def is_armed(folder: Path, point: str) -> bool:
    """Whether the next process that comes to this point dies there."""
    return (folder / point).exists()


def disarm(folder: Path) -> list[str]:
    """Take back what is armed; gives the points that nobody came to."""
    left = sorted(path.name for path in folder.iterdir())
    for name in left:
        (folder / name).unlink(missing_ok=True)
    return left


class Crasher:
    """Puts the points around the code of this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def reach(self, point: str) -> None:
        """Die here, if the point is armed."""
        try:
            (self.folder / point).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Async, what: str) -> Async:
        """A call with a point on each side."""

        @functools.wraps(call)
        async def called(*arguments: Any, **more: Any) -> Any:
            self.reach(f"before {what}")
            result = await call(*arguments, **more)
            self.reach(f"after {what}")
            return result

        return called

    def put_everywhere(self) -> None:
        """Put points around commits, publishes, purges and acknowledgements."""
        self._around_commits()
        outbox._publish_batch = self.around(outbox._publish_batch, "publishing a batch")  # type: ignore[assignment]
        outbox._publish_one = self.around(outbox._publish_one, "publishing one event")  # type: ignore[assignment]
        purge = self.around(JetStreamContext.purge_stream, "purging a key")
        JetStreamContext.purge_stream = purge  # type: ignore[method-assign, assignment]
        ack = Msg.ack

        async def acknowledge(message: Msg) -> None:
            what = caller(ACKS)
            await (self.around(ack, what) if what else ack)(message)

        Msg.ack = acknowledge  # type: ignore[method-assign, assignment]

    def _around_commits(self) -> None:
        flush, transaction = Transaction.flush, Database.transaction

        async def flushed(tx: Transaction) -> None:
            await flush(tx)
            self._reach_commit("before")

        @asynccontextmanager
        async def committed(*arguments: Any, **more: Any) -> AsyncIterator[Transaction]:
            async with transaction(*arguments, **more) as tx:
                yield tx
            self._reach_commit("after")

        Transaction.flush = flushed  # type: ignore[method-assign, assignment]
        Database.transaction = committed  # type: ignore[method-assign]

    def _reach_commit(self, side: str) -> None:
        who = caller(COMMITS)
        if who:
            self.reach(f"{side} the commit of {who}")


def caller(known: dict[str, str]) -> str:
    """What the nearest known function further out is called; empty where there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        found = known.get(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}")
        if found is not None:
            return found
        frame = frame.f_back
    return ""
