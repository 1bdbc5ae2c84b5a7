"""Dashboards drawn without Grafana: the panels of its files, filled from Prometheus, as one page of HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.web.lines import Drawing, Series, draw

HERE = Path(__file__).parent
LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")

# What an expression gave over time: each with `metric`, the labels, and `values`, pairs of time and text.
Range = Sequence[Mapping[str, Any]]
Ask = Callable[[str], Range]


@dataclass(frozen=True)
class Drawn:
    """A panel with its chart."""

    title: str
    normal: str
    chart: Drawing


@dataclass(frozen=True)
class Page:
    """A dashboard with its panels drawn."""

    uid: str
    title: str
    about: str
    panels: Sequence[Drawn]


def read_dashboards(folder: Path) -> list[dict[str, Any]]:
    """Grafana's files, the loop first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda one: (one["uid"] != "latu-loop", one["uid"] != "latu-slos", one["uid"]))


def draw_dashboard(dashboard: Mapping[str, Any], ask: Ask, span: tuple[float, float]) -> Page:
    """Fill the panels of a dashboard."""
    panels = [_draw(panel, ask, span) for panel in dashboard["panels"]]
    return Page(dashboard["uid"], dashboard["title"], dashboard["description"], panels)


def as_html(pages: Sequence[Page], about: Mapping[str, str]) -> str:
    """One page of HTML that needs nothing else; `about` says of when it is."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html").render(pages=pages, about=about)


def _draw(panel: Mapping[str, Any], ask: Ask, span: tuple[float, float]) -> Drawn:
    series = [
        Series(_legend(target["legendFormat"], one["metric"]), _points(one["values"]))
        for target in panel["targets"]
        for one in ask(target["expr"])
    ]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    return Drawn(panel["title"], panel["description"].replace("`", ""), draw(series, unit, span))


def _legend(pattern: str, labels: Mapping[str, str]) -> str:
    return LEGEND.sub(lambda found: labels.get(found[1], ""), pattern)


def _points(values: Sequence[Sequence[Any]]) -> list[tuple[float, float]]:
    return [(float(at), float(value)) for at, value in values]
