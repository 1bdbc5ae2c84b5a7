"""How late the event loop of this process is: everything that it serves waits as long."""

from __future__ import annotations

import asyncio

from prometheus_client import Histogram

EVERY_SECONDS = 0.5

LATE_SECONDS = Histogram(
    "latu_event_loop_late_seconds",
    "How much later than asked for the event loop woke a task, tried twice a second.",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5),
)


async def run_watch_of_loop() -> None:
    """Measure for ever."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        LATE_SECONDS.observe(max(0.0, loop.time() - due))
