"""What the tests of the supervisor start from."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from deploy.embedded import Plan, Stack

# The two servers alone, not waiting for the disk.
SMALL: dict[str, Any] = {"services": (), "durable": False, "prepare": False}


def small(home: Path, **more: Any) -> Plan:
    """PostgreSQL and NATS on ports that nobody else uses."""
    return Plan(home, **SMALL | {"any_port": True} | more)


def with_survey(home: Path, **more: Any) -> Plan:
    """The same with a stand-in for the survey service."""
    return small(home, services=("survey",), package="tests.embedded.standins", **more)


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for it; fail when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def all_pids(stack: Stack) -> list[int]:
    """Every process of a stack with all that these have started."""
    pids = [stack.status["supervisor"]["pid"]]
    for pid in list(pids):
        pids += [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return pids


def gone(pids: list[int]) -> bool:
    """Whether none of them runs any more."""
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)
