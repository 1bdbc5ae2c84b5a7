"""The alerts as they lie in `deploy/prometheus/rules/`, and the cases that show when they are told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
CASES = sorted((ROOT / "tests/alerts").glob("*.yml"))
RUNBOOKS = ROOT / "docs/runbooks"
METRIC = re.compile(r"\blatu_[a-z_]+\b")


@dataclass(frozen=True)
class Alert:
    """One way in which an alert is told: a name may have two, one for each severity."""

    name: str
    severity: str
    expr: str
    summary: str
    runbook: str


def groups(rules: Sequence[Path] = RULES) -> Iterator[dict[str, Any]]:
    """The groups of all files."""
    for path in rules:
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]


def alerts(rules: Sequence[Path] = RULES) -> list[Alert]:
    """Every alert."""
    return [
        Alert(rule["alert"], rule["labels"]["severity"], rule["expr"], **rule["annotations"])
        for group in groups(rules)
        for rule in group["rules"]
        if "alert" in rule
    ]


def untested(rules: Sequence[Path] = RULES, files: Sequence[Path] = CASES) -> list[str]:
    """The alerts of which no case shows that they are told, or that they are not; empty when all is well."""
    cases = [case for path in files for case in _cases(path)]
    told = {
        (case["alertname"], one["exp_labels"]["severity"]) for case in cases for one in case["exp_alerts"]
    }
    silent = {case["alertname"] for case in cases if not case["exp_alerts"]}
    return sorted(
        f"{alert.name} ({alert.severity})"
        for alert in alerts(rules)
        if (alert.name, alert.severity) not in told or alert.name not in silent
    )


def metrics() -> set[str]:
    """The metrics of ours that rules speak of; a histogram's parts by its own name."""
    found = {name for path in RULES for name in METRIC.findall(path.read_text(encoding="utf-8"))}
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in found}


def _cases(path: Path) -> Iterator[dict[str, Any]]:
    for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
        yield from test["alert_rule_test"]
