"""What a process logs when something fails: what kind of fault and where, and not a word that somebody wrote."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from io import StringIO

import pytest
from sqlalchemy import insert, text

from shared.backbone import inbox
from shared.db import Database, Transaction
from shared.observability import JsonLines
from shared.timers import Timer, run_timer
from tests.shared.given import NOW, story, until
from tests.shared.test_messaging import World, world

__all__ = ["world"]
Command = Callable[[Transaction], Awaitable[None]]
WRITTEN = "Maija-Liisan oma kertomus"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """All that a service would write to its log."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonLines("coaching"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)


async def say_it(_: Transaction) -> None:
    raise RuntimeError(WRITTEN) from ValueError(WRITTEN)


async def fail_in_groups(_: Transaction) -> None:
    raise ExceptionGroup(WRITTEN, [KeyError(WRITTEN)])


async def emit_without_an_outbox(tx: Transaction) -> None:
    await tx.execute(text("ALTER TABLE outbox DROP COLUMN body"))
    tx.emit(story(text=WRITTEN))


async def keep_the_same_twice(tx: Transaction) -> None:
    for _ in range(2):
        await tx.execute(insert(inbox).values(handler=WRITTEN, event_id=WRITTEN, received_at=NOW))


async def ask_what_is_no_number(tx: Transaction) -> None:
    await tx.execute(text("SELECT CAST(:said AS integer)"), {"said": WRITTEN})


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (say_it, "ValueError"),
        (fail_in_groups, "KeyError"),
        (emit_without_an_outbox, "42703"),
        (keep_the_same_twice, "23505"),
        (ask_what_is_no_number, "DataError"),
    ],
)
async def test_a_timer_that_fails_says_what_kind_of_fault_and_nothing_of_what_was_written(
    database: Database, log: StringIO, command: Command, kind: str
) -> None:
    task = asyncio.create_task(run_timer(database, Timer("telling", 3600, command)))

    async def failed() -> bool:
        return "will run again" in log.getvalue()

    await until(failed)
    task.cancel()
    assert kind in log.getvalue()
    assert "shared/timers.py" in log.getvalue()
    assert "Maija" not in log.getvalue()


@pytest.mark.parametrize("command", [say_it, emit_without_an_outbox, keep_the_same_twice])
async def test_a_handler_that_fails_leaves_nothing_of_what_was_written_in_the_log(
    world: World, log: StringIO, command: Command
) -> None:
    world.within = command
    await world.emit(story(text=WRITTEN))

    async def failed() -> bool:
        return "could not handle" in log.getvalue()

    await until(failed)
    assert "Maija" not in log.getvalue()


async def test_a_callback_that_fails_tells_nothing_of_what_it_was_given(log: StringIO) -> None:
    def fail(said: str) -> None:
        raise RuntimeError(said)

    asyncio.get_running_loop().call_soon(fail, WRITTEN)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert "Exception in callback" in log.getvalue()
    assert "Maija" not in log.getvalue()


async def test_a_task_whose_failure_nobody_asked_for_tells_no_more(log: StringIO) -> None:
    async def fail() -> None:
        raise RuntimeError(WRITTEN)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    assert "never retrieved" in log.getvalue()
    assert "RuntimeError" in log.getvalue()
    assert "Maija" not in log.getvalue()
