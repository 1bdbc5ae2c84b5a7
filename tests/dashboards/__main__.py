"""`make dashboards-test`: every panel against real data, every alert against its cases; the page beside it.

`python -m tests.dashboards [--page=FILE] [--seconds=60]` starts a whole stack under load with Prometheus beside it. The
last line is one JSON object: `panels`, `empty`, `alerts`, `alerts_untested`. Ends with 1 where any is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.alerts.reading import CASES, alerts, untested
from tests.dashboards.reading import shown
from tests.dashboards.scraping import has_exporter
from tests.dashboards.stage import faults, panels_of, stage


def main() -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(prog="python -m tests.dashboards")
    parser.add_argument("--page", type=Path, default=Path("dashboards.html"))
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    queries = list(shown())
    if not has_exporter():
        print("No prometheus-postgres-exporter here: panels of PostgreSQL count as empty.")
    with stage() as scene:
        prometheus = scene.prometheus
        wrong = faults(prometheus, queries, asked.seconds)
        command = ["dashboards", "render", str(asked.page), "--prometheus", prometheus.url, "--hours", "0.05"]
        subprocess.run([Path(sys.executable).with_name("latu"), *command], check=True)
    for fault in wrong:
        print(fault)
    cases_hold = _run_cases()
    left = untested()
    told = {
        "panels": len(panels_of(queries)),
        "empty": len({fault.split(":")[0] for fault in wrong}),
        "alerts": len({alert.name for alert in alerts()}),
        "alerts_untested": len(left),
    }
    for name in left:
        print(f"no firing or no silent case: {name}")
    print(json.dumps(told))
    return 0 if cases_hold and not wrong and not left else 1


def _run_cases() -> bool:
    done = [subprocess.run(["promtool", "test", "rules", path], check=False) for path in CASES]
    return all(one.returncode == 0 for one in done)


if __name__ == "__main__":
    sys.exit(main())
