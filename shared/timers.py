"""What runs by the clock: a timer calls a command, woken early after a commit that asks for it."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from shared.db import Database, Transaction
from shared.observability import TIMER_RUNS
from shared.outbox import wait_for

log = logging.getLogger(__name__)

FAILURE_SECONDS = 2.0


@dataclass(frozen=True)
class Timer:
    """A command that is run every so often, by one replica at a time.

    `command` says True when there is more to do at once. `tx.wake(name)` in any transaction of the same
    process runs it right after the commit.
    """

    name: str
    every_seconds: float
    command: Callable[[Transaction], Awaitable[bool | None]]


async def run_timer(database: Database, timer: Timer) -> None:
    """Run a timer for ever."""
    signal = database.signal(timer.name)
    while True:
        signal.clear()
        try:
            more = await run_once(database, timer)
            TIMER_RUNS.labels(timer.name, "done").inc()
        except asyncio.CancelledError:
            raise
        except Exception:
            TIMER_RUNS.labels(timer.name, "failed").inc()
            log.exception("timer %s failed and will run again", timer.name)
            await asyncio.sleep(FAILURE_SECONDS)
            continue
        if not more:
            await wait_for(signal, timer.every_seconds)


async def run_once(database: Database, timer: Timer) -> bool:
    """Run the command in one transaction, unless another replica is at it; says whether there is more."""
    async with database.transaction() as tx:
        lock = select(func.pg_try_advisory_xact_lock(zlib.crc32(timer.name.encode())))
        if not await tx.value(lock):
            return False
        return bool(await timer.command(tx))
