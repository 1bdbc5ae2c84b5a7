"""What was run, as it is kept in the repository and shown in docs/reliability.md.

`make faults ARGS=--record` writes it anew, file and page.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tests.faults import checks
from tests.faults.crashing import POINTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
RECORD = Path(__file__).with_name("recorded.json")
COLUMNS = {
    "seed": "seed",
    "surroundings": "with",
    "kills": "killed",
    "points": "died at a crash point",
    "pauses": "paused",
    "cuts": "cut",
    "spoilt": "spoilt",
    "clocks": "clocks turned",
    "fills": "disks filled",
    "poison": "poison messages",
    "accepted": "accepted",
    "refused": "refused",
    "lost": "requests without an answer",
    "events": "events",
    "passed_over": "passed over",
    "violations": "violations",
    "seconds": "seconds",
}
WORDS = ("seed", "surroundings")


def write(lines: Sequence[dict[str, Any]], hits: Counter[str], today: date) -> None:
    """Keep the lines of a run and show them; those of other seeds of the same day stay."""
    before = _recorded(today, {line["seed"] for line in lines})
    kept = {
        "day": today.isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "seeds": sorted([*before["seeds"], *lines], key=lambda line: int(line["seed"])),
        "points": {point: before["points"].get(point, 0) + hits[point] for point in POINTS},
    }
    RECORD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def _recorded(today: date, seeds: set[int]) -> dict[str, Any]:
    nothing: dict[str, Any] = {"seeds": [], "points": {}}
    if not RECORD.exists():
        return nothing
    kept: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    again = seeds & {line["seed"] for line in kept["seeds"]}
    return nothing if again or kept["day"] != today.isoformat() else kept


def filled(page: str) -> str:
    """The page with all its generated parts as they are now."""
    for name, part in {"run": run_table(), "points": point_table(), "checks": check_table()}.items():
        before, begin, rest = page.partition(f"<!-- {name}: generated -->\n")
        _, end, after = rest.partition("<!-- end -->")
        page = f"{before}{begin}{part}\n{end}{after}"
    return page


def run_table() -> str:
    """A row for each seed and their sum."""
    kept = json.loads(RECORD.read_text(encoding="utf-8"))
    numbers = [name for name in COLUMNS if name not in WORDS]
    sums = {name: round(sum(line.get(name, 0) for line in kept["seeds"]), 1) for name in numbers}
    rows = [*kept["seeds"], {"seed": "all", **sums}]
    body = [_row(_shown(row.get(name, "")) for name in COLUMNS) for row in rows]
    told = f"Run on {kept['day']} on {kept['cores']} cores:"
    return "\n".join([told, "", _row(COLUMNS.values()), _row("---" for _ in COLUMNS), *body])


def point_table() -> str:
    """How often processes died at each crash point."""
    hits = json.loads(RECORD.read_text(encoding="utf-8"))["points"]
    rows = [_row((point, str(hits[point]))) for point in POINTS]
    return "\n".join([_row(("crash point", "times")), _row(("---", "---")), *rows])


def check_table() -> str:
    """What is checked, in the words of the checks."""
    rows = [_row((f"`{one.__name__}`", str(one.__doc__))) for one in checks.ALL]
    return "\n".join([_row(("check", "what must hold")), _row(("---", "---")), *rows])


def _shown(told: str | float) -> str:
    return told if isinstance(told, str) else f"{told:,}"


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
