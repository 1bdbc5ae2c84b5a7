"""Alertmanager calls somebody for pages only, and tells of what is wrong once."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from tests.alerts.reading import ROOT, alerts

FOLDER = ROOT / "deploy/alertmanager"


def configuration(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


def named(matchers: list[str]) -> set[str]:
    """The alerts that a list of matchers lets through."""
    found = {alert.name for alert in alerts()}
    for matcher in matchers:
        label, operator, value = re.fullmatch(r'(\w+)(=~?)"(.+)"', matcher).groups()  # type: ignore[union-attr]
        if label == "alertname":
            pattern = value if operator == "=~" else re.escape(value)
            found = {name for name in found if re.fullmatch(pattern, name)}
    return found


def test_the_file_to_copy_sends_what_the_one_that_comes_only_shows() -> None:
    mail, shown = configuration("alertmanager.yml"), configuration("shown.yml")
    assert mail["route"] == shown["route"]
    assert mail["inhibit_rules"] == shown["inhibit_rules"]
    assert [one["name"] for one in mail["receivers"]] == [one["name"] for one in shown["receivers"]]
    assert [list(one) for one in shown["receivers"]] == [["name"], ["name"]]


def test_pages_go_to_whoever_is_called_and_all_else_is_a_ticket() -> None:
    route = configuration("alertmanager.yml")["route"]
    assert route["receiver"] == "ticket"
    assert [(one["matchers"], one["receiver"]) for one in route["routes"]] == [(['severity="page"'], "page")]


def test_what_silences_and_what_is_silenced_are_alerts_that_there_are() -> None:
    for rule in configuration("alertmanager.yml")["inhibit_rules"]:
        assert named(rule["source_matchers"])
        for name in re.findall(r"[A-Z]\w+(?:\.\*)?", "".join(rule["target_matchers"])):
            assert named([f'alertname=~"{name}"']), name


def test_no_alert_is_silenced_by_what_it_silences_itself() -> None:
    pairs = {
        (source, target)
        for rule in configuration("alertmanager.yml")["inhibit_rules"]
        if not any("severity" in matcher for matcher in rule["source_matchers"])
        for source in named(rule["source_matchers"])
        for target in named(rule["target_matchers"])
    }
    assert {pair for pair in pairs if pair[::-1] in pairs} == set()


@pytest.mark.skipif(
    shutil.which("amtool") is None, reason="no amtool: apt-get install prometheus-alertmanager"
)
@pytest.mark.parametrize("name", ["alertmanager.yml", "shown.yml"])
def test_alertmanager_takes_the_configuration(name: str) -> None:
    subprocess.run(["amtool", "check-config", FOLDER / name], check=True, capture_output=True)
