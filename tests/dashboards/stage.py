"""A stack under load with Prometheus beside it, long enough that every panel has something to show."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from deploy.embedded import Plan, Stack, own_stack
from shared.cli.client import of_stack
from tests.alerts.scaling import write_rules
from tests.conftest import quick_folder
from tests.dashboards.load import load_on
from tests.dashboards.reading import Shown, fault_of
from tests.dashboards.scraping import Prometheus, prometheus_on

PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Stage:
    """What runs while the load goes on."""

    stack: Stack
    prometheus: Prometheus


@contextmanager
def stage() -> Iterator[Stage]:
    """The stack and Prometheus, while the load goes on."""
    with quick_folder() as folder, patch.dict(os.environ, {"LATU_WEBHOOK_LOOPBACK": "true"}):
        home = folder / "home"
        with (
            own_stack(Plan(home, any_port=True, durable=False)) as stack,
            prometheus_on(stack, folder, rules=write_rules(folder, 1)) as watcher,
        ):
            services = of_stack(stack, home)
            watcher.wait_for("count(latu_loop_seconds_count) == 3")
            with services.http, load_on(services):
                yield Stage(stack, watcher)


def faults(prometheus: Prometheus, queries: Iterable[Shown], seconds: float = PATIENCE_SECONDS) -> list[str]:
    """What is wrong with panels, once they had time: measuring takes some seconds, so does a second sample."""
    until, left = time.monotonic() + seconds, list(queries)
    while left and time.monotonic() < until:
        left = [one for one in left if fault_of(prometheus, one)]
        time.sleep(0.5 if left else 0)
    return [fault_of(prometheus, one) for one in left]


def panels_of(queries: Iterable[Shown]) -> set[tuple[str, str]]:
    """The panels that have these queries."""
    return {(one.dashboard, one.panel) for one in queries}
