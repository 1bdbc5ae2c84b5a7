"""Every panel has something to show, and a panel that shows nothing is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from deploy.dashboards.all import ALL, FOLDER
from deploy.dashboards.grafana import as_json
from tests.conftest import ROOT
from tests.dashboards.reading import metrics_in, shown, shown_metrics
from tests.dashboards.scraping import Prometheus
from tests.dashboards.stage import faults, stage
from tests.docs import pages


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Prometheus]:
    with stage() as watcher:
        yield watcher


@pytest.mark.prometheus
@pytest.mark.system
def test_every_panel_shows_finite_figures_of_the_real_services_under_load(prometheus: Prometheus) -> None:
    assert faults(prometheus, list(shown())) == []


@pytest.mark.prometheus
@pytest.mark.system
def test_a_panel_of_a_metric_that_nobody_counts_is_found(prometheus: Prometheus) -> None:
    good = next(one for one in shown() if "latu_outbox_waiting" in one.expr)
    for planted in (
        good.expr.replace("latu_outbox_waiting", "latu_outbox_wating"),
        "sum(latu_outbox_waiting) / 0",
        "sum(latu_outbox_wating) or vector(0)",
    ):
        assert faults(prometheus, [replace(good, expr=planted)], seconds=0.1) != []
    assert faults(prometheus, [good]) == []


def test_the_files_of_grafana_are_made_from_the_code_as_it_is() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert kept == {f"{one.uid}.json": as_json(one) for one in ALL}, "run: python -m deploy.dashboards"


def test_every_panel_says_in_one_line_what_is_normal() -> None:
    panels = [panel for dashboard in ALL for panel in dashboard.panels]
    assert all(panel.normal.endswith(".") and len(panel.normal) < 120 for panel in panels)
    for dashboard in ALL:
        titles = [panel.title for panel in dashboard.panels]
        assert len(titles) == len(set(titles))


def test_panels_show_metrics_that_there_are() -> None:
    named = {name for name in shown_metrics() if name.startswith("latu_")}
    assert named <= pages.metrics()
    assert len(named) > 30


def test_every_metric_that_an_alert_or_a_runbook_speaks_of_has_its_panel() -> None:
    files = [*(ROOT / "deploy/prometheus").rglob("*.yml"), *(ROOT / "docs/runbooks").glob("*.md")]
    spoken_of = {name for path in files for name in metrics_in(path.read_text(encoding="utf-8"))}
    assert sorted((spoken_of & pages.metrics()) - shown_metrics()) == []
