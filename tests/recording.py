"""Runs that are kept in the repository, and the generated parts of the page that shows them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
END = "<!-- end -->"


def keep(record: Path, today: date, **told: Any) -> None:
    """Write what a run told, with its day and the cores of this machine."""
    run = {"day": today.isoformat(), "cores": len(os.sched_getaffinity(0)), **told}
    record.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")


def kept(record: Path) -> dict[str, Any]:
    """What was kept of the last run."""
    found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return found


def filled(page: str, parts: Mapping[str, str]) -> str:
    """The page with the named generated parts as they are now."""
    for name, part in parts.items():
        before, begin, rest = page.partition(f"<!-- {name}: generated -->\n")
        _, end, after = rest.partition(END)
        page = f"{before}{begin}{part}\n{end}{after}"
    return page


def show(parts: Mapping[str, str]) -> None:
    """Write the page with them."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")


def when(run: Mapping[str, Any]) -> str:
    """When and where a run was made."""
    return f"Run on {run['day']} on {run['cores']} cores"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    columns = list(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *rows))
