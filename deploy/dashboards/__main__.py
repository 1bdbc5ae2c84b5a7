"""`python -m deploy.dashboards` writes Grafana's files anew."""

from __future__ import annotations

from deploy.dashboards.all import ALL, FOLDER
from deploy.dashboards.grafana import as_json

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for dashboard in ALL:
        (FOLDER / f"{dashboard.uid}.json").write_text(as_json(dashboard), encoding="utf-8")
