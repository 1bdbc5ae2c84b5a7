"""The alerts that there are, and which of them `promtool test rules` sees both fire and stay silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

RULES = ROOT / "deploy/prometheus"
TESTS = ROOT / "tests/alerts"


def alerts(folder: Path = RULES) -> set[str]:
    """The names of all alerts."""
    rules = (
        rule for one in _documents(folder) for group in one.get("groups") or () for rule in group["rules"]
    )
    return {rule["alert"] for rule in rules if "alert" in rule}


def untested(folder: Path = RULES, tests: Path = TESTS) -> list[str]:
    """The alerts that lack a case in which they fire, or one in which they do not."""
    cases = [case for one in _documents(tests) for test in one.get("tests") or () for case in _cases(test)]
    firing = {case["alertname"] for case in cases if case.get("exp_alerts")}
    silent = {case["alertname"] for case in cases if not case.get("exp_alerts")}
    return sorted(alerts(folder) - (firing & silent))


def _cases(test: dict[str, Any]) -> list[dict[str, Any]]:
    return list(test.get("alert_rule_test") or ())


def _documents(folder: Path) -> list[dict[str, Any]]:
    paths = sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")])
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
    return [one for one in found if isinstance(one, dict)]
