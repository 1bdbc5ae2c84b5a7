"""The last recorded run, as it is kept in the repository and shown in docs/reliability.md.

`make network-faults ARGS=--record` writes it anew, file and page.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from tests.network.cells import NAMES, NODES
from tests.network.programme import Report

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
RECORD = Path(__file__).with_name("recorded.json")
BEGIN, END = "<!-- network: generated -->\n", "<!-- end -->"
COLUMNS = {
    "accepted": "accepted",
    "unanswered": "requests without an answer",
    "gap": "longest gap (s)",
    "recovery": "caught up after (s)",
    "lost": "lost",
    "doubled": "doubled",
    "violations": "violations",
}


def write(report: Report, today: date) -> None:
    """Keep a run and show it."""
    kept = {
        "day": today.isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "seed": report.seed,
        "cells": [result.as_line() for result in report.results],
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
    """A row for each cell; a line stands for what nobody asks of nodes."""
    kept = json.loads(RECORD.read_text(encoding="utf-8"))
    told = (
        f"Run on {kept['day']} on {kept['cores']} cores with seed {kept['seed']}, "
        f"in {kept['line']['seconds']:.0f} seconds:"
    )
    head = ["link", "fault", *COLUMNS.values()]
    return "\n".join([told, "", _row(head), _row("---" for _ in head), *map(_cells, kept["cells"])])


def _cells(line: dict[str, Any]) -> str:
    nobody = ("unanswered",) if line["link"] == NODES else ()
    figures = ("–" if name in nobody else f"{line[name]:,}" for name in COLUMNS)
    return _row([NAMES[line["link"]], line["fault"], *figures])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
