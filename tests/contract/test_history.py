"""The change log says of every change when it came."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from shared.contract import history
from shared.contract.history import Change
from shared.schemas import records
from tests.contract import given
from tests.contract.given import INSIGHT, TODAY


def test_the_log_knows_all_that_is_recorded_of_public_events() -> None:
    assert history.unlogged(records.load_all(), given.log(), TODAY) == [], "run `make schemas`"


def test_the_log_knows_no_field_that_is_not_recorded() -> None:
    for name, record in records.load_all().items():
        assert set(history.since(given.log(), name)) <= set(history.fields_of(record.schema))


def test_a_new_field_is_logged_with_its_day_also_within_a_part() -> None:
    for name, part in (("colour", ""), ("colour", "Figure")):
        found = history.unlogged({INSIGHT: given.with_field(name, part)}, given.log(), TODAY)
        assert found == [Change(TODAY, INSIGHT, "gained", (f"{part}.{name}".lstrip("."),))]


def test_a_sunset_is_logged_once_and_its_day_is_the_day_of_deprecation() -> None:
    dying = {INSIGHT: given.insight(sunset=date(2028, 1, 1))}
    found = history.unlogged(dying, given.log(), TODAY)
    assert found == [Change(TODAY, INSIGHT, "sunset", until=date(2028, 1, 1))]
    assert history.unlogged(dying, [*given.log(), *found], TODAY) == []


def test_a_first_version_is_logged_as_published_and_an_internal_event_is_not_logged() -> None:
    found = history.unlogged(records.load_all(), [], TODAY)
    assert {change.kind for change in found} == {"published"}
    assert {change.type_name for change in found} == set(given.events())


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    log = [*given.log(), Change(TODAY, INSIGHT, "sunset", until=date(2028, 1, 1))]
    history.save(log, tmp_path / "changes.jsonl")
    assert history.load(tmp_path / "changes.jsonl") == log
    assert history.version(log) == "2027.01.15"
