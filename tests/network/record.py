"""The last recorded run, as it is kept in the repository and shown in docs/reliability.md.

`make network-faults ARGS=--record` writes it anew, file and page.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests import recording
from tests.network.cells import NAMES, NODES
from tests.network.programme import Report

RECORD = Path(__file__).with_name("recorded.json")
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
    cells = [result.as_line() for result in report.results]
    recording.keep(RECORD, today, seed=report.seed, cells=cells, line=report.as_line())
    recording.show(parts())


def parts() -> dict[str, str]:
    """The generated part of the page: a row for each cell; a line stands for what nobody asks of nodes."""
    run = recording.kept(RECORD)
    told = f"{recording.when(run)} with seed {run['seed']}, in {run['line']['seconds']:.0f} seconds:"
    table = recording.table(["link", "fault", *COLUMNS.values()], map(_cells, run["cells"]))
    return {"network": f"{told}\n\n{table}"}


def _cells(line: dict[str, Any]) -> list[str]:
    nobody = ("unanswered",) if line["link"] == NODES else ()
    figures = ("–" if name in nobody else f"{line[name]:,}" for name in COLUMNS)
    return [NAMES[line["link"]], line["fault"], *figures]
