"""What a dashboard and a panel are, without Grafana; each panel says what is normal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# Grafana's names of units; `reqps` and `cps` are requests and counts a second.
Unit = Literal["short", "s", "reqps", "cps", "percentunit", "bytes"]
# Long enough for some scrapes that fail, short enough to see what happens now.
NOW = "5m"
HOUR = "1h"
DAY = "1d"


@dataclass(frozen=True)
class Query:
    """An expression of PromQL, and what its series are called (`{{label}}`)."""

    expr: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """One chart; `normal` is one line on what it looks like when all is well."""

    title: str
    normal: str
    queries: Sequence[Query]
    unit: Unit = "short"


@dataclass(frozen=True)
class Dashboard:
    """Panels under one address."""

    uid: str
    title: str
    about: str
    panels: Sequence[Panel]


def panel(title: str, normal: str, expr: str, legend: str, unit: Unit = "short") -> Panel:
    """A panel of one query."""
    return Panel(title, normal, (Query(expr, legend),), unit)


def rate(metric: str, by: str = "", window: str = NOW) -> str:
    """Increases a second of a counter, `metric` with its matchers, summed by labels."""
    return f"sum{_by(by)}(rate({metric}[{window}]))"


def increase(metric: str, by: str = "", window: str = HOUR) -> str:
    """How much a counter grew within a window, summed by labels."""
    return f"sum{_by(by)}(increase({metric}[{window}]))"


def quantile(share: float, histogram: str, matchers: str = "", by: str = "", window: str = NOW) -> str:
    """A quantile of a histogram, named without `_bucket`; nothing where nothing was observed."""
    labels = f"le, {by}" if by else "le"
    buckets = f"{histogram}_bucket{{{matchers}}}" if matchers else f"{histogram}_bucket"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({buckets}[{window}]))) >= 0"


def share_of(part: str, whole: str, window: str = HOUR) -> str:
    """Which share of a counter is one with narrower matchers."""
    return f"sum(rate({part}[{window}])) / (sum(rate({whole}[{window}])) > 0)"


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""
