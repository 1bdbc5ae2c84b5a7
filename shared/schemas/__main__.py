"""`make schemas`: record new events and new optional fields; refuse whatever else changed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import Refused
from shared.events import ALL
from shared.schemas import gate, records
from shared.schemas.gate import Events
from shared.schemas.records import FOLDER, Record


def record(events: Events, folder: Path = FOLDER) -> tuple[list[str], bool]:
    """Record all, or nothing where something may not be; tells what was done or is wrong, and if all is well.

    Raises:
        Invalid: a file of the records is not what it should be.
    """
    known = records.load(folder)
    found = gate.incompatible(events, known, datetime.now(UTC).date())
    if found:
        return [*found, f"Nothing was recorded. {gate.WHAT_TO_DO}"], False
    done = []
    for event in events:
        kept = known.get(event.type_name())
        fresh = kept.renewed(event) if kept else Record.of(event)
        if fresh != kept:
            records.save(fresh, folder)
            done.append(f"Recorded {fresh.type_name}.")
    lacking = gate.unrecorded(events, records.load(folder))
    return [*done, *lacking] or [f"All {len(events)} events are as they are recorded."], not lacking


def main() -> int:
    """The program; returns its exit code."""
    try:
        lines, well = record(ALL)
    except Refused as error:
        lines, well = [error.message], False
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
