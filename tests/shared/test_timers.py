"""What runs by the clock runs in one replica, and at once when it is woken."""

from __future__ import annotations

import asyncio

from shared.backbone import audit
from shared.db import Database, Transaction
from shared.timers import Timer, run_once, run_timer


async def test_a_timer_that_is_woken_runs_before_its_time(database: Database) -> None:
    runs: list[int] = []
    ran = asyncio.Event()

    async def command(_: Transaction) -> None:
        runs.append(1)
        ran.set()

    task = asyncio.create_task(run_timer(database, Timer("remake", 3600, command)))
    async with asyncio.timeout(10):
        await ran.wait()
        ran.clear()
        async with database.transaction() as tx:
            tx.wake("remake")
        await ran.wait()
    task.cancel()
    assert len(runs) == 2


async def test_a_timer_with_more_to_do_goes_on_at_once(database: Database) -> None:
    left = [3, 2, 1, 0]
    done = asyncio.Event()

    async def command(_: Transaction) -> bool:
        if left.pop(0) == 0:
            done.set()
            return False
        return True

    task = asyncio.create_task(run_timer(database, Timer("many", 3600, command)))
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    assert left == []


async def test_two_replicas_never_run_the_same_timer_together(database: Database) -> None:
    inside = 0
    most = 0

    async def command(_: Transaction) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.05)
        inside -= 1

    await asyncio.gather(*(run_once(database, Timer("alone", 1, command)) for _ in range(4)))
    assert most == 1


async def test_a_failing_timer_changes_nothing_and_runs_again(database: Database, monkeypatch) -> None:
    monkeypatch.setattr("shared.timers.FAILURE_SECONDS", 0.01)
    tries: list[int] = []
    done = asyncio.Event()

    async def command(tx: Transaction) -> None:
        tries.append(1)
        await tx.audit("timer", "tried", str(len(tries)))
        if len(tries) < 3:
            raise RuntimeError
        done.set()

    task = asyncio.create_task(run_timer(database, Timer("failing", 3600, command)))
    async with asyncio.timeout(10):
        await done.wait()
    await asyncio.sleep(0.1)
    task.cancel()
    async with database.transaction() as tx:
        assert [row["subject"] for row in await tx.all(audit.select())] == ["3"]
