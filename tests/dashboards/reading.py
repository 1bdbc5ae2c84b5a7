"""The dashboards as they lie in `deploy/grafana/`, and what is wrong with what a panel shows."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.dashboards.all import FOLDER
from tests.dashboards.scraping import Prometheus

OF_THE_EXPORTER = "pg_"


@dataclass(frozen=True)
class Shown:
    """One query of a panel."""

    dashboard: str
    panel: str
    expr: str

    @property
    def needs_exporter(self) -> bool:
        """Whether only PostgreSQL's exporter can fill it."""
        return OF_THE_EXPORTER in self.expr


def shown(folder: Path = FOLDER) -> Iterator[Shown]:
    """Every query of every panel."""
    for path in sorted(folder.glob("*.json")):
        dashboard = json.loads(path.read_text(encoding="utf-8"))
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield Shown(dashboard["uid"], panel["title"], target["expr"])


def fault_of(prometheus: Prometheus, one: Shown) -> str:
    """What is wrong with what a query gives; empty where it is finite and there."""
    if "vector(" in one.expr:
        return f"{one.dashboard}, {one.panel}: fills gaps with a constant"
    found = prometheus.query(one.expr)
    if not found:
        return f"{one.dashboard}, {one.panel}: gives nothing: {one.expr}"
    strange = [entry for entry in found if not math.isfinite(float(entry["value"][1]))]
    return f"{one.dashboard}, {one.panel}: not finite: {strange[:2]}" if strange else ""


def metrics_in(text: str) -> set[str]:
    """The words of a text that may be metrics; parts of a histogram are named by the whole."""
    words = re.findall(r"\b[a-z][a-z0-9]*_[a-z0-9_]+\b", text)
    return {re.sub(r"_seconds_(bucket|count|sum)$", "_seconds", word) for word in words}


def shown_metrics(folder: Path = FOLDER) -> set[str]:
    """The metrics that panels are made of."""
    return {name for one in shown(folder) for name in metrics_in(one.expr)}
