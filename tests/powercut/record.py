"""The last recorded run, as it is kept in the repository and shown in docs/reliability.md.

`make powercut ARGS=--record` writes it anew, file and page.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from tests.powercut.programme import Report

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
RECORD = Path(__file__).with_name("recorded.json")
BEGIN, END = "<!-- power cuts: generated -->\n", "<!-- end -->"
COLUMNS = {
    "committed": "committed",
    "published": "published",
    "lost": "lost",
    "phantoms": "told by no transaction",
    "unequal": "not once in outbox and stream",
}


def write(report: Report, seed: int, today: date) -> None:
    """Keep a run and show it."""
    kept = {
        "day": today.isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "seed": seed,
        "cuts": [asdict(cut) for cut in report.cuts],
        "line": report.as_line(),
    }
    RECORD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def filled(page: str) -> str:
    """The page with the generated part as it is now."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}{table()}\n{end}{after}"


def table() -> str:
    """A row for each cut; a line stands for what kept its power, or is not asked of a control."""
    kept = json.loads(RECORD.read_text(encoding="utf-8"))
    line = kept["line"]
    told = f"Run on {kept['day']} on {kept['cores']} cores with seed {kept['seed']}, in {line['seconds']:.0f} seconds:"
    head = ["what lost its power", *COLUMNS.values()]
    return "\n".join(
        [told, "", _row(head), _row("---" for _ in head), *(_cells(cut) for cut in kept["cuts"])]
    )


def _cells(cut: dict[str, Any]) -> str:
    name = f"*control:* {cut['name']}" if cut["control"] else cut["name"]
    return _row([name, *("–" if cut[one] is None else f"{cut[one]:,}" for one in COLUMNS)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
