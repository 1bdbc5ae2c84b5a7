"""Every panel has something to show, and a panel that shows nothing is found."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.dashboards.all import ALL, FOLDER
from deploy.dashboards.grafana import as_json
from deploy.embedded.plan import SERVICES
from shared.http import make_app
from tests.conftest import ROOT
from tests.dashboards.reading import metrics_in, shown, shown_metrics
from tests.dashboards.scraping import Prometheus
from tests.dashboards.stage import Stage, faults, stage
from tests.docs import pages
from tests.system import exposition


@pytest.fixture(scope="module")
def scene() -> Iterator[Stage]:
    with stage() as made:
        yield made


@pytest.fixture
def prometheus(scene: Stage) -> Prometheus:
    return scene.prometheus


@pytest.mark.prometheus
@pytest.mark.system
def test_every_panel_shows_finite_figures_of_the_real_services_under_load(prometheus: Prometheus) -> None:
    assert faults(prometheus, (one for one in shown() if not one.needs_exporter)) == []


@pytest.mark.exporter
@pytest.mark.prometheus
@pytest.mark.system
def test_panels_of_postgresql_show_what_its_exporter_tells(prometheus: Prometheus) -> None:
    assert faults(prometheus, (one for one in shown() if one.needs_exporter)) == []


def render(page: Path, prometheus: str) -> subprocess.CompletedProcess[str]:
    program = [Path(sys.executable).with_name("latu"), "dashboards", "render", str(page)]
    options = ["--prometheus", prometheus, "--hours", "0.05"]
    environment = {**os.environ, "COLUMNS": "300"}
    return subprocess.run([*program, *options], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.prometheus
@pytest.mark.system
def test_the_page_drawn_without_grafana_shows_every_dashboard(prometheus: Prometheus, tmp_path: Path) -> None:
    done = render(tmp_path / "page.html", prometheus.url)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    panels = sum(len(dashboard.panels) for dashboard in ALL)
    assert (page.count("<section "), page.count("<article>")) == (len(ALL), panels)
    assert page.count("<polyline") > panels
    assert f"{panels} panels" in done.stdout


def test_where_no_prometheus_answers_one_sentence_says_so_and_nothing_is_written(tmp_path: Path) -> None:
    done = render(tmp_path / "page.html", "http://127.0.0.1:1")
    assert (done.returncode, "No Prometheus answers at" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.prometheus
@pytest.mark.system
@pytest.mark.parametrize("service", SERVICES)
def test_under_load_with_partners_and_poison_no_label_tells_a_word_of_theirs(
    scene: Stage, service: str
) -> None:
    wired = importlib.import_module(f"services.{service}.app").service
    handlers = {durable.name for durable in wired.events.durables()}
    samples = exposition.told(scene.stack.urls[service])
    assert (
        exposition.strange(samples, exposition.templates(make_app(wired, exposition.NOWHERE)), handlers) == []
    )


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


def test_every_window_in_which_a_promise_is_used_up_has_its_panel() -> None:
    burns = {name for name in pages.recorded() if name.startswith("latu:burn:")}
    assert burns == {name for one in shown() for name in pages.RECORDED.findall(one.expr)}
    assert len(burns) == 5


def test_every_panel_that_a_runbook_names_is_on_a_dashboard() -> None:
    titles = [panel.title for dashboard in ALL for panel in dashboard.panels]
    for path in sorted((ROOT / "docs/runbooks").glob("*.md")):
        text = " ".join(path.read_text(encoding="utf-8").split())
        for name in re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", text):
            assert [one for one in titles if f"{one},".startswith(f"{name},")], f"{path.name}: {name}"
