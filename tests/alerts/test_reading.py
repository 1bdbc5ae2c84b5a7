"""An alert counts as tested when a case shows that it is told, with its severity, and another that it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.alerts.reading import alerts, untested

TOLD = {"alertname": "Away", "exp_alerts": [{"exp_labels": {"severity": "page"}}]}
MILDER = {"alertname": "Away", "exp_alerts": [{"exp_labels": {"severity": "ticket"}}]}
SILENT = {"alertname": "Away", "exp_alerts": []}
LEFT = ["Away (page)"]


@pytest.mark.parametrize(
    ("cases", "left"),
    [([TOLD, SILENT], []), ([TOLD], LEFT), ([SILENT], LEFT), ([MILDER, SILENT], LEFT)],
)
def test_both_cases_are_needed(tmp_path: Path, cases: list[dict[str, object]], left: list[str]) -> None:
    rules, files = tmp_path / "rules.yml", tmp_path / "cases.yml"
    told = {"annotations": {"summary": "s", "runbook": "r"}, "labels": {"severity": "page"}}
    away = {"alert": "Away", "expr": "up == 0", **told}
    group = {"name": "g", "rules": [{"record": "a:b", "expr": "1"}, away]}
    rules.write_text(yaml.safe_dump({"groups": [group]}))
    files.write_text(yaml.safe_dump({"tests": [{"alert_rule_test": cases}]}))
    assert [alert.name for alert in alerts([rules])] == ["Away"]
    assert untested([rules], [files]) == left
