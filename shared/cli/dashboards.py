"""`latu dashboards`: what Grafana would show, without Grafana."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.dashboards.all import FOLDER
from deploy.dashboards.drawing import as_html, draw_dashboard, read_dashboards
from shared.cli import app, out
from shared.errors import Refused

TIMEOUT_SECONDS = 30.0
POINTS = 240
LEAST_STEP_SECONDS = 1.0

dashboards = typer.Typer(help="Draw the dashboards.", no_args_is_help=True)
app.add_typer(dashboards, name="dashboards")


@dashboards.callback()
def _group() -> None:
    """Draw the dashboards."""


@dashboards.command()
def render(
    page: Annotated[Path, typer.Argument(help="The file to write.")] = Path("dashboards.html"),
    prometheus: Annotated[str, typer.Option(help="Where Prometheus answers.")] = "http://127.0.0.1:9090",
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 31, help="How far to look back.")] = 6.0,
) -> None:
    """Draw every dashboard from Prometheus's data into one page of HTML that needs nothing else."""
    now = time.time()
    span = (now - hours * 3600, now)
    with httpx.Client(base_url=prometheus, timeout=TIMEOUT_SECONDS) as http:

        def ask(expr: str) -> list[dict[str, Any]]:
            return _range(http, expr, span)

        pages = [draw_dashboard(one, ask, span) for one in read_dashboards(FOLDER)]
    when = [datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M") for at in span]
    about = {"span": f"{when[0]} to {when[1]}", "source": prometheus}
    page.write_text(as_html(pages, about), encoding="utf-8")
    panels = [panel for one in pages for panel in one.panels]
    empty = sum(not panel.chart.lines for panel in panels)
    out.print(f"{page}: {len(panels)} panels, {empty} of them with nothing to show.", markup=False)


def _range(http: httpx.Client, expr: str, span: tuple[float, float]) -> list[dict[str, Any]]:
    step = max(LEAST_STEP_SECONDS, (span[1] - span[0]) / POINTS)
    params: dict[str, str | float] = {"query": expr, "start": span[0], "end": span[1], "step": step}
    try:
        answer = http.get("/api/v1/query_range", params=params)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Refused("no_prometheus", f"No Prometheus answers at {http.base_url}.") from error
    if told.get("status") != "success":
        raise Refused("not_understood", "Prometheus does not understand the query of a panel.")
    result: list[dict[str, Any]] = told["data"]["result"]
    return result
