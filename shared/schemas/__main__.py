"""`make schemas`: record new events and new optional fields; refuse whatever else changed."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import Refused
from shared.events import ALL
from shared.events.contributed import CONTRIBUTED
from shared.schemas import gate, records, sent
from shared.schemas.gate import Events
from shared.schemas.records import FOLDER, SENT, Record, Recordable


def record(events: Events, folder: Path = FOLDER) -> tuple[list[str], bool]:
    """Record all, or nothing where something may not be; tells what was done or is wrong, and if all is well.

    Raises:
        Invalid: a file of the records is not what it should be.
    """
    known = records.load(folder)
    if found := gate.incompatible(events, known, datetime.now(UTC).date()):
        return [*found, f"Nothing was recorded. {gate.WHAT_TO_DO}"], False
    return _renew(events, known, folder)


def record_sent(kinds: sent.Kinds, folder: Path = SENT) -> tuple[list[str], bool]:
    """The same for what partners send. Raises what `record` raises."""
    known = records.load(folder)
    if found := sent.incompatible(kinds, known, datetime.now(UTC).date()):
        return [*found, f"Nothing was recorded. {sent.WHAT_TO_DO}"], False
    return _renew(kinds, known, folder)


def _renew(
    events: Collection[Recordable], known: Mapping[str, Record], folder: Path
) -> tuple[list[str], bool]:
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
        more, also_well = record_sent(CONTRIBUTED)
    except Refused as error:
        lines, well, more, also_well = [error.message], False, [], False
    sys.stdout.writelines(f"{line}\n" for line in [*lines, *more])
    return 0 if well and also_well else 1


if __name__ == "__main__":
    sys.exit(main())
