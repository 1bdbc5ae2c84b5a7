"""The last recorded run, as it is kept in the repository and shown in docs/reliability.md.

`make powercut ARGS=--record` writes it anew, file and page.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from tests import recording
from tests.powercut.programme import Report

RECORD = Path(__file__).with_name("recorded.json")
COLUMNS = {
    "committed": "committed",
    "published": "published",
    "lost": "lost",
    "phantoms": "told by no transaction",
    "unequal": "not once in outbox and stream",
}


def write(report: Report, seed: int, today: date) -> None:
    """Keep a run and show it."""
    cuts = [asdict(cut) for cut in report.cuts]
    recording.keep(RECORD, today, seed=seed, cuts=cuts, line=report.as_line())
    recording.show(parts())


def parts() -> dict[str, str]:
    """The generated part of the page: a row for each cut.

    A line stands for what kept its power, or is not asked of a control.
    """
    run = recording.kept(RECORD)
    told = f"{recording.when(run)} with seed {run['seed']}, in {run['line']['seconds']:.0f} seconds:"
    table = recording.table(["what lost its power", *COLUMNS.values()], map(_cells, run["cuts"]))
    return {"power cuts": f"{told}\n\n{table}"}


def _cells(cut: dict[str, Any]) -> list[str]:
    name = f"*control:* {cut['name']}" if cut["control"] else cut["name"]
    return [name, *("–" if cut[one] is None else f"{cut[one]:,}" for one in COLUMNS)]
