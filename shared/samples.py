"""Figures of this process over the last hour, for those without Prometheus, in a ring of fixed size."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from shared.event_loop import LATE_SECONDS
from shared.gauges import LETTERS_WAITING
from shared.loop import LOOP_SECONDS
from shared.observability import (
    EVENTS_HANDLED,
    EVENTS_WAITING,
    HTTP_SECONDS,
    OUTBOX_OLDEST,
    OUTBOX_WAITING,
    POOL_SIZE,
    POOL_TAKEN,
)
from shared.web.lines import Point, Series

EVERY_SECONDS = 5.0
KEPT = 720
# Of what only some services have: a sample of their metrics, added up where its labels are these.
TOLD: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "released": ("latu_release_decisions_total", {"decision": "released"}),
    "retracted": ("latu_retractions_total", {}),
    "findings": ("latu_things", {"kind": "insights"}),
    "nodes": ("latu_nats_up", {}),
    "partners_behind": ("latu_partner_events_waiting", {}),
    "webhooks_behind": ("latu_partner_webhook_events_behind", {"status": "active"}),
}
MACHINES: Final = ("/metrics", "/health/", "/static", "/admin/api/figures")

Buckets = Mapping[float, float]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """What the metrics said at one moment; histograms as how many lie at or below each bound."""

    at: float
    requests: float
    failed: float
    request_times: Buckets
    handled: float
    lateness: Buckets
    loop: Buckets
    now: Mapping[str, float]


class Samples:
    """The samples of a process: for each figure what it was in each interval, the newest last."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, Mapping[str, float]]] = deque(maxlen=KEPT)
        self._last: Reading | None = None

    def take(self, reading: Reading) -> None:
        """Keep what happened since the last reading."""
        if self._last is not None:
            self._rows.append((reading.at, figures_between(self._last, reading)))
        self._last = reading

    @property
    def span(self) -> tuple[float, float]:
        """From when to when there are samples, in seconds since 1970."""
        return (self._rows[0][0], self._rows[-1][0]) if self._rows else (0.0, 0.0)

    def series(self, figure: str) -> Series:
        """A figure over time."""
        points: list[Point] = [(at, row[figure]) for at, row in self._rows]
        return Series(figure, points)

    def newest(self) -> dict[str, float | None]:
        """The last known value of each figure; None where there is none."""
        return {name: self._newest(name) for name in (self._rows[-1][1] if self._rows else ())}

    def _newest(self, name: str) -> float | None:
        known = (row[name] for _, row in reversed(self._rows) if math.isfinite(row[name]))
        return next(known, None)


# Of this process, as its metrics are.
SAMPLES = Samples()


async def run_samples() -> None:
    """Take samples for ever."""
    while True:
        SAMPLES.take(read())
        await asyncio.sleep(EVERY_SECONDS)


def read() -> Reading:
    """What the metrics say now."""
    now = {
        "events_waiting": _sum(EVENTS_WAITING),
        "outbox_waiting": _sum(OUTBOX_WAITING),
        "outbox_oldest": _sum(OUTBOX_OLDEST),
        "dead_letters": _sum(LETTERS_WAITING),
        "connections": _sum(POOL_TAKEN) / (_sum(POOL_SIZE) or 1.0),
        **_told(),
        "memory": REGISTRY.get_sample_value("process_resident_memory_bytes") or math.nan,
    }
    return Reading(
        at=time.time(),
        requests=_sum(HTTP_SECONDS, "_count", _of_people),
        failed=_sum(HTTP_SECONDS, "_count", _failed),
        request_times=_buckets(HTTP_SECONDS, _of_people),
        handled=_sum(EVENTS_HANDLED, "_total", lambda labels: labels["result"] == "done"),
        lateness=_buckets(LATE_SECONDS),
        loop=_buckets(LOOP_SECONDS),
        now=now,
    )


def figures_between(before: Reading, after: Reading) -> dict[str, float]:
    """The figures of an interval; not a number where nothing happened that could be measured."""
    seconds = max(after.at - before.at, 0.001)
    requests = after.requests - before.requests
    failed = after.failed - before.failed
    return {
        "requests": requests / seconds,
        "answered": 1 - failed / requests if requests else math.nan,
        "request_time": quantile(0.95, before.request_times, after.request_times),
        "events_handled": (after.handled - before.handled) / seconds,
        "loop_time": quantile(0.95, before.loop, after.loop),
        "late": quantile(0.99, before.lateness, after.lateness),
        **after.now,
    }


def quantile(share: float, before: Buckets, after: Buckets) -> float:
    """A quantile of what came between two readings of a histogram, as Prometheus works it out."""
    counts = {bound: count - before.get(bound, 0.0) for bound, count in sorted(after.items())}
    wanted = share * counts.get(math.inf, 0.0)
    if not wanted:
        return math.nan
    for (lower, below), (upper, count) in pairwise([(0.0, 0.0), *counts.items()]):
        if count >= wanted:
            return (
                lower if math.isinf(upper) else lower + (upper - lower) * (wanted - below) / (count - below)
            )
    return math.nan


def _told() -> dict[str, float]:
    """Those of `TOLD` now; not a number where this process has none of it."""
    samples = [sample for family in REGISTRY.collect() for sample in family.samples]
    found = {}
    for figure, (name, labels) in TOLD.items():
        values = [one.value for one in samples if one.name == name and labels.items() <= one.labels.items()]
        found[figure] = sum(values) if values else math.nan
    return found


def _of_people(labels: Labels) -> bool:
    return not labels["route"].startswith(MACHINES)


def _failed(labels: Labels) -> bool:
    return _of_people(labels) and labels["status"].startswith("5")


def _sum(
    metric: MetricWrapperBase, ending: str = "", keep: Callable[[Labels], bool] = lambda _: True
) -> float:
    samples = (sample for family in metric.collect() for sample in family.samples)
    name = family_name(metric) + ending
    return sum(one.value for one in samples if one.name == name and keep(one.labels))


def _buckets(
    metric: MetricWrapperBase, keep: Callable[[Labels], bool] = lambda _: True
) -> dict[float, float]:
    found: dict[float, float] = {}
    name = family_name(metric) + "_bucket"
    for sample in (sample for family in metric.collect() for sample in family.samples):
        if sample.name == name and keep(sample.labels):
            bound = float(sample.labels["le"])
            found[bound] = found.get(bound, 0.0) + sample.value
    return found


def family_name(metric: MetricWrapperBase) -> str:
    """The name of a metric, without the ending that samples of a counter have."""
    return next(iter(metric.describe())).name
