"""Every alert is told when it should be, is not when it should not, and says what to do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.alerts import reading
from tests.docs import pages

PARTS = ["What it means", "Look here", "Do this"]
GROUPED = ("promise", "service", "handler", "timer", "node", "kind", "part", "instance", "job", "value", "at")


def promtool(*arguments: object) -> str:
    """What it has to complain of; nothing where all is well."""
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.prometheus
def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    assert promtool("check", "rules", *reading.RULES) == ""
    assert promtool("check", "config", "--lint=none", reading.ROOT / "deploy/prometheus/prometheus.yml") == ""


@pytest.mark.prometheus
@pytest.mark.parametrize("cases", reading.CASES, ids=lambda path: path.stem)
def test_alerts_are_told_when_they_should_be_and_only_then(cases: Path) -> None:
    assert promtool("test", "rules", cases) == ""


def test_every_alert_has_a_case_in_which_it_is_told_and_one_in_which_it_is_not() -> None:
    assert reading.untested() == []


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    named = {alert.name: alert.runbook for alert in reading.alerts()}
    assert named == {name: f"docs/runbooks/{name}.md" for name in named}
    there = {path.stem for path in reading.RUNBOOKS.glob("*.md")} - {"README"}
    assert there == set(named)


def test_every_runbook_says_what_it_means_where_to_look_and_what_to_do() -> None:
    for name in {alert.name for alert in reading.alerts()}:
        text = (reading.RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {name}\n")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS


def test_the_list_of_runbooks_has_every_alert_with_its_severities() -> None:
    rows = re.findall(
        r"^\| \[(\w+)\]\(\1\.md\) \| ([a-z, ]+) \|",
        (reading.RUNBOOKS / "README.md").read_text(),
        re.MULTILINE,
    )
    named: dict[str, set[str]] = {}
    for alert in reading.alerts():
        named.setdefault(alert.name, set()).add(alert.severity)
    assert {name: set(severities.split(", ")) for name, severities in rows} == named
    assert {severity for severities in named.values() for severity in severities} == {"page", "ticket"}


def test_rules_speak_of_metrics_that_are_counted() -> None:
    assert len(reading.metrics()) > 15
    assert reading.metrics() <= pages.metrics()


def test_summaries_name_nothing_but_the_labels_that_an_alert_has() -> None:
    named = {
        label
        for alert in reading.alerts()
        for label in re.findall(r"\$(?:labels\.)?([a-z]+)", alert.summary)
        if label != "labels"
    }
    assert named <= set(GROUPED)
