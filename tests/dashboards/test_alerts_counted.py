"""An alert counts as tested when a case shows that it fires and another that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.dashboards.alerts import alerts, untested

FIRES = {"alertname": "Away", "exp_alerts": [{"exp_labels": {"severity": "page"}}]}
SILENT = {"alertname": "Away", "exp_alerts": []}


@pytest.mark.parametrize(
    ("cases", "left"), [([FIRES, SILENT], []), ([FIRES], ["Away"]), ([SILENT], ["Away"])]
)
def test_both_cases_are_needed(tmp_path: Path, cases: list[dict[str, object]], left: list[str]) -> None:
    rules, tests = tmp_path / "rules", tmp_path / "tests"
    for folder in (rules, tests):
        folder.mkdir()
    group = {"name": "g", "rules": [{"record": "a:b", "expr": "1"}, {"alert": "Away", "expr": "up == 0"}]}
    (rules / "one.yml").write_text(yaml.safe_dump({"groups": [group]}))
    (tests / "one.yml").write_text(yaml.safe_dump({"tests": [{"alert_rule_test": cases}]}))
    assert alerts(rules) == {"Away"}
    assert untested(rules, tests) == left
