"""What runs by the clock runs in one replica, at once when it is woken, and answers to whoever woke it."""

from __future__ import annotations

import asyncio

import pytest

from shared import tracing
from shared.backbone import audit, outbox
from shared.db import Database, Transaction
from shared.observability import correlation_id
from shared.origins import Origin
from shared.timers import Ran, Timer, run_once, run_timer
from shared.tracing import Span
from tests.shared.given import story

ASKED = [Origin(f"c{number}", f"e{number}", f"00-{'a' * 32}-{number:016x}-01") for number in (1, 2, 3)]


async def nothing(_: Transaction) -> None: ...


async def tell(tx: Transaction) -> None:
    tx.emit(story())


async def fail(_: Transaction) -> None:
    raise RuntimeError


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


async def test_what_a_timer_emits_answers_to_the_last_that_woke_it(
    database: Database, ended: list[Span]
) -> None:
    await run_once(database, Timer("telling", 3600, tell), ASKED)
    async with database.transaction() as tx:
        row = (await tx.all(outbox.select()))[0]
    (run,) = ended
    assert correlation_id.get() == "c3"  # so log lines have it
    assert (row["correlation_id"], row["causation_id"]) == ("c3", "e3")
    assert row["traceparent"] == run.place.traceparent
    assert run.parent == tracing.parse(ASKED[2].traceparent)
    assert run.links == [tracing.parse(origin.traceparent) for origin in ASKED[:2]]


async def test_a_timer_that_fails_is_still_asked_by_whoever_woke_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.timers.FAILURE_SECONDS", 0.01)
    answered: list[str] = []
    done = asyncio.Event()

    async def command(tx: Transaction) -> None:
        answered.append(tx.origin.correlation_id)
        if len(answered) < 3:
            raise RuntimeError
        done.set()

    database.signal("failing").wake(ASKED[:1])
    task = asyncio.create_task(run_timer(database, Timer("failing", 3600, command)))
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    assert answered == ["c1", "c1", "c1"]


async def test_only_a_run_that_did_something_or_was_asked_for_or_failed_leaves_a_span(
    database: Database, ended: list[Span]
) -> None:
    await run_once(database, Timer("idle", 1, nothing))
    await run_once(database, Timer("telling", 1, tell))
    await run_once(database, Timer("asked", 1, nothing), ASKED)
    with pytest.raises(RuntimeError):
        await run_once(database, Timer("failing", 1, fail))
    assert [run.name for run in ended] == ["timer telling", "timer asked", "timer failing"]


async def test_a_wake_up_is_not_lost_while_another_replica_is_at_it(
    database: Database, ended: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.timers.BUSY_SECONDS", 0.01)
    inside, leave, done = (asyncio.Event() for _ in range(3))
    answered: list[str] = []

    async def slow(_: Transaction) -> None:
        inside.set()
        await leave.wait()

    async def command(tx: Transaction) -> None:
        answered.append(tx.origin.correlation_id)
        done.set()

    other = asyncio.create_task(run_once(database, Timer("shared", 3600, slow)))
    await inside.wait()
    assert await run_once(database, Timer("shared", 3600, command), ASKED) is Ran.BUSY
    database.signal("shared").wake(ASKED[:1])
    task = asyncio.create_task(run_timer(database, Timer("shared", 3600, command)))
    await asyncio.sleep(0.3)
    assert (answered, ended) == ([], [])
    leave.set()
    assert await other is Ran.DONE
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    assert answered == ["c1"]
