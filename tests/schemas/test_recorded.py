"""What the present events say agrees with everything that was ever published."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.events import ALL
from shared.schemas import gate, records


def test_no_event_breaks_with_what_was_published() -> None:
    found = gate.incompatible(ALL, records.load(), datetime.now(UTC).date())
    assert not found, "\n".join(["", *found, gate.WHAT_TO_DO])


def test_every_event_is_recorded_as_it_is_and_has_an_example_of_every_field() -> None:
    found = gate.unrecorded(ALL, records.load())
    assert not found, "\n".join(["", *found])


def test_every_recorded_version_has_examples() -> None:
    assert [name for name, record in records.load().items() if not record.golden] == []


def test_nothing_lies_among_the_records_that_no_record_reads() -> None:
    known = {f"{name}.{kind}" for name in records.load() for kind in ("schema.json", "golden.jsonl")}
    assert {path.name for path in records.FOLDER.iterdir()} == known | {"README.md", records.SENT.name}
