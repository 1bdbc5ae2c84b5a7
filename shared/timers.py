"""What runs by the clock: a timer calls a command, woken early after a commit that asks for it."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import func, select

from shared import tracing
from shared.db import OUTBOX_SIGNAL, Database, Transaction
from shared.observability import TIMER_RUNS, correlation_id
from shared.origins import Origin
from shared.outbox import wait_for

log = logging.getLogger(__name__)

FAILURE_SECONDS = 2.0
# Another replica may have looked before what we were asked for was there.
BUSY_SECONDS = 1.0


class Ran(Enum):
    """What became of a run: another replica was at it, all is done, or there is more to do at once."""

    BUSY = "busy"
    DONE = "done"
    MORE = "more"


@dataclass(frozen=True)
class Timer:
    """A command that is run every so often, by one replica at a time.

    `command` says True when there is more to do at once. `tx.wake(name)` in any transaction of the same
    process runs it right after the commit, and what it emits answers to what that transaction answered to.
    """

    name: str
    every_seconds: float
    command: Callable[[Transaction], Awaitable[bool | None]]


async def run_timer(database: Database, timer: Timer) -> None:
    """Run a timer for ever."""
    signal = database.signal(timer.name)
    asked: Sequence[Origin] = ()
    while not database.leaving:
        asked = [*asked, *signal.take()][-tracing.MOST_LINKS :]
        try:
            ran = await run_once(database, timer, asked)
            TIMER_RUNS.labels(timer.name, "done").inc()
        except asyncio.CancelledError:
            raise
        except Exception:
            TIMER_RUNS.labels(timer.name, "failed").inc()
            log.exception("timer %s failed and will run again", timer.name)
            await wait_for(database.leave_taken, FAILURE_SECONDS)
            continue
        if ran is Ran.BUSY and asked:
            await wait_for(database.leave_taken, BUSY_SECONDS)
        elif ran is not Ran.MORE:
            asked = ()
            await wait_for(signal, timer.every_seconds)


async def run_once(database: Database, timer: Timer, asked: Sequence[Origin] = ()) -> Ran:
    """Run the command in one transaction, unless another replica is at it.

    It answers to the last that asked for it, or to the clock alone.
    """
    last = asked[-1] if asked else None
    followed = (origin.traceparent for origin in asked[:-1])
    parent = last.traceparent if last else None
    with tracing.span(f"timer {timer.name}", parent=parent, after=followed) as span:
        async with database.turns, database.transaction() as tx:
            if last:
                tx.origin = replace(last, traceparent=span.place.traceparent)
            correlation_id.set(tx.origin.correlation_id)
            lock = select(func.pg_try_advisory_xact_lock(zlib.crc32(timer.name.encode())))
            ran = Ran.BUSY
            if await tx.value(lock):
                ran = Ran.MORE if await timer.command(tx) else Ran.DONE
        # The clock runs it again and again, mostly for nothing: that would bury what happened.
        span.kept = ran is Ran.MORE or (ran is Ran.DONE and bool(asked)) or OUTBOX_SIGNAL in tx.signals
        if span.kept:
            log.info("timer %s has worked", timer.name)
    return ran
