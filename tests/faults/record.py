"""What was run, as it is kept in the repository and shown in docs/reliability.md.

`make faults ARGS=--record` writes it anew, file and page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tests import recording
from tests.faults import checks
from tests.faults.crashing import POINTS

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
    seeds = sorted([*before["seeds"], *lines], key=lambda line: int(line["seed"]))
    points = {point: before["points"].get(point, 0) + hits[point] for point in POINTS}
    recording.keep(RECORD, today, seeds=seeds, points=points)
    recording.show(parts())


def _recorded(today: date, seeds: set[int]) -> dict[str, Any]:
    nothing: dict[str, Any] = {"seeds": [], "points": {}}
    if not RECORD.exists():
        return nothing
    run = recording.kept(RECORD)
    again = seeds & {line["seed"] for line in run["seeds"]}
    return nothing if again or run["day"] != today.isoformat() else run


def parts() -> dict[str, str]:
    """The generated parts of the page."""
    return {"run": run_table(), "points": point_table(), "checks": check_table()}


def run_table() -> str:
    """A row for each seed and their sum."""
    run = recording.kept(RECORD)
    numbers = [name for name in COLUMNS if name not in WORDS]
    sums = {name: round(sum(line.get(name, 0) for line in run["seeds"]), 1) for name in numbers}
    rows = [*run["seeds"], {"seed": "all", **sums}]
    body = ([_shown(row.get(name, "")) for name in COLUMNS] for row in rows)
    return f"{recording.when(run)}:\n\n{recording.table(COLUMNS.values(), body)}"


def point_table() -> str:
    """How often processes died at each crash point."""
    hits = recording.kept(RECORD)["points"]
    return recording.table(
        ("crash point", "times"), ((point, str(hits.get(point, "added since"))) for point in POINTS)
    )


def check_table() -> str:
    """What is checked, in the words of the checks."""
    rows = ((f"`{one.__name__}`", str(one.__doc__)) for one in checks.ALL)
    return recording.table(("check", "what must hold"), rows)


def _shown(told: str | float) -> str:
    return told if isinstance(told, str) else f"{told:,}"
