"""A whole stack with a Prometheus beside it: one fault after the other, and the alerts that each causes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.plan import SERVICES
from tests.alerts.faults import Fault
from tests.alerts.scaling import write_rules
from tests.dashboards.scraping import Prometheus, prometheus_on
from tests.faults.nursery import Nursery
from tests.faults.stage import Stage, make_stage
from tests.faults.surroundings import Surroundings

FACTOR = 30.0
FIRES_SECONDS = 90.0
CALM_SECONDS = 90.0
# After a fault that must not be told: longer than any `for` takes here that could still tell it.
SILENT_SECONDS = 12.0
FIRING = 'ALERTS{alertstate="firing"}'
Say = Callable[[str], None]


@dataclass(frozen=True)
class Seen:
    """What a fault came to: after how many seconds each alert was told, what was not, what should not have been."""

    fault: Fault
    after: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"{name} after {seconds:.0f} s" for name, seconds in self.after.items()]
        parts += [f"{name} MISSING" for name in self.missing] + [f"{name} WRONGLY" for name in self.wrong]
        return f"{self.fault.name}: {', '.join(parts) or 'nothing, as it should be'}"


@dataclass(frozen=True)
class Place:
    """The addresses that Prometheus needs of a stage: of the services themselves, not by way of cables."""

    urls: Mapping[str, str]
    sockets: Path


async def run(folder: Path, faults: Iterable[Fault], around: Surroundings, say: Say) -> list[Seen]:
    """Make faults one after the other; `folder` is empty. Each begins when no alert of its own is told."""
    nursery = Nursery()
    try:
        async with _stage(folder, nursery, around) as stage:
            with prometheus_on(_place(stage), folder, rules=write_rules(folder, FACTOR)) as prometheus:
                prometheus.wait_for('count(up{job="latu"} == 1) >= 4')
                # It looks for services only after five seconds, which is more than this has patience for.
                await _calm(prometheus, ("ServiceDown",))
                say("the stack is up")
                seen = [Seen(Fault("nothing is wrong", _nothing), wrong=await _told(prometheus, ()))]
                say(str(seen[0]))
                for fault in faults:
                    seen.append(await _try(stage, prometheus, fault))
                    say(str(seen[-1]))
                return seen
    finally:
        nursery.close()


@asynccontextmanager
async def _stage(folder: Path, nursery: Nursery, around: Surroundings) -> AsyncIterator[Stage]:
    stage = make_stage(folder / "stage", nursery, around)
    try:
        await stage.open()
        yield stage
    finally:
        await stage.close()


def _place(stage: Stage) -> Place:
    urls = {name: stage.address(name) for name in SERVICES}
    return Place(urls, stage.settled.postgres.sockets)


async def _try(stage: Stage, prometheus: Prometheus, fault: Fault) -> Seen:
    await _calm(prometheus, fault.alerts)
    before = set(_firing(prometheus))
    async with fault.make(stage):
        began, after = time.monotonic(), dict[str, float]()
        if not fault.alerts:
            return Seen(fault, wrong=await _told(prometheus, before))
        while len(after) < len(fault.alerts) and time.monotonic() - began < FIRES_SECONDS:
            for name in set(_firing(prometheus)) & set(fault.alerts) - after.keys():
                after[name] = time.monotonic() - began
            await asyncio.sleep(0.3)
    missing = tuple(name for name in fault.alerts if name not in after)
    return Seen(fault, dict(sorted(after.items())), missing)


async def _calm(prometheus: Prometheus, names: Iterable[str]) -> None:
    """Wait until none of these is told any more."""
    until = time.monotonic() + CALM_SECONDS
    while set(names) & set(_firing(prometheus)) and time.monotonic() < until:
        await asyncio.sleep(0.3)


async def _told(prometheus: Prometheus, before: Iterable[str]) -> tuple[str, ...]:
    """What is told within some seconds that was not before."""
    until, told = time.monotonic() + SILENT_SECONDS, set[str]()
    while time.monotonic() < until:
        told |= set(_firing(prometheus)) - set(before)
        await asyncio.sleep(0.5)
    return tuple(sorted(told))


def _firing(prometheus: Prometheus) -> list[str]:
    return [one["metric"]["alertname"] for one in prometheus.query(FIRING)]


@asynccontextmanager
async def _nothing(_: Stage) -> AsyncIterator[None]:
    yield
