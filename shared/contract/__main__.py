"""The second half of `make schemas`: bring the change log and the documents of the contract up to date."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from shared.contract import catalogue, document, history, markdown
from shared.schemas import records

DOCS = Path(__file__).resolve().parents[2] / "docs"


def written(log: list[history.Change]) -> dict[Path, str]:
    """The documents as they should be, by where they lie."""
    events = catalogue.contract_events(records.load_all(), log)
    made = document.document(events, log)
    return {DOCS / "asyncapi.yaml": document.as_yaml(made), DOCS / "events.md": markdown.page(events, log)}


def main(today: date) -> None:
    """The program."""
    known = history.load()
    log = [*known, *history.unlogged(records.load_all(), known, today)]
    history.save(log)
    for path, text in written(log).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"Wrote {path.name}.\n")


if __name__ == "__main__":
    main(datetime.now(UTC).date())
