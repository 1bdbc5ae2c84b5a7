"""Recording keeps what may be published, refuses the rest whole, and never forgets an example or a sunset."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from shared.errors import Invalid
from shared.schemas import gate, records
from shared.schemas.__main__ import record
from shared.schemas.records import Record
from tests.schemas.given import SUBJECT, Measured, body, changed

NAME = Measured.type_name()
ALL_WELL = (["All 1 events are as they are recorded."], True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What was published of the event, with one golden event."""
    records.save(Record.of(Measured), tmp_path)
    records.golden_path(NAME, tmp_path).write_text(json.dumps(body()) + "\n")
    return tmp_path


def test_a_record_is_read_as_it_was_kept(folder: Path) -> None:
    kept = records.load(folder)[NAME]
    assert kept == replace(Record.of(Measured), golden=[body()])
    assert kept.subject == SUBJECT
    assert record([Measured], folder) == ALL_WELL


def test_a_new_event_is_recorded_and_asks_for_an_example(folder: Path) -> None:
    new = changed(subject="latu.public.survey.another.v1.<thing>")
    lines, well = record([Measured, new], folder)
    assert lines[0] == "Recorded latu.survey.another.v1."
    assert "no body in latu.survey.another.v1.golden.jsonl says by_place, code" in lines[1]
    assert not well
    records.golden_path("latu.survey.another.v1", folder).write_text(json.dumps(body()))
    assert record([Measured, new], folder)[1]


def test_an_optional_field_is_recorded_and_the_sunset_stays(folder: Path) -> None:
    kept = records.load(folder)[NAME]
    records.save(replace(kept, sunset=date(2027, 6, 30)), folder)
    with records.golden_path(NAME, folder).open("a") as file:
        file.write(json.dumps(body(more="said")))
    assert record([changed(more=(str, ""))], folder) == ([f"Recorded {NAME}."], True)
    again = records.load(folder)[NAME]
    assert "more" in again.schema["properties"]
    assert again.sunset == date(2027, 6, 30)


def test_nothing_is_recorded_where_something_may_not_be(folder: Path) -> None:
    new = changed(subject="latu.public.survey.another.v1.<thing>")
    before = {path.name: path.read_text() for path in folder.iterdir()}
    lines, well = record([changed(count=(str, "")), new], folder)
    assert not well
    assert f"{NAME} at /count: integer is written, string is read." in lines[1]
    assert lines[-1] == f"Nothing was recorded. {gate.WHAT_TO_DO}"
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


def test_what_to_do_is_written_where_the_refusal_says() -> None:
    (page,) = (word for word in gate.WHAT_TO_DO.split() if word.startswith("docs/"))
    assert (records.FOLDER.parents[2] / page).exists()


def test_a_broken_file_is_named(folder: Path) -> None:
    path = folder / f"{NAME}.schema.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"sunset": "midsummer"}))
    with pytest.raises(Invalid, match=r"tested\.v1\.schema\.json: the sunset is no day such as 2027-06-30"):
        records.load(folder)
    path.write_text(json.dumps(document))
    records.golden_path(NAME, folder).write_text("{")
    with pytest.raises(Invalid, match=r"tested\.v1\.golden\.jsonl holds no JSON"):
        records.load(folder)
