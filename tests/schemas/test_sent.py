"""What partners may send goes on being taken: the gate refuses whatever would narrow it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, create_model

from shared.events.contributed import CONTRIBUTED, Contributed, Indicator
from shared.schemas import __main__ as program
from shared.schemas import gate, records, sent
from shared.schemas.records import Record

TODAY = date(2027, 1, 15)
NAME = Indicator.type_name()


def changed(**fields: Any) -> type[Contributed]:
    """Indicators as somebody may have changed them."""
    return create_model("Indicator", __base__=Indicator, **fields)


NARROWER: dict[str, tuple[type[Contributed], str]] = {
    "a new required field": (changed(more=(str, ...)), "/more: is required"),
    "a word of a choice left out": (changed(licence=(Literal["CC0-1.0"], ...)), "'CC-BY-4.0' cannot be read"),
    "a tighter bound": (changed(unit=(str, Field(min_length=1, max_length=5))), "/unit: maxLength"),
    "a new lower bound": (changed(value=(float, Field(ge=0))), "/value: minimum"),
    "another type": (changed(value=(int, ...)), "/value: number is written, integer is read"),
    "another default": (changed(low=(float | None, 1.0)), "/low: its default changed"),
    "another form": (changed(period=(str, Field(pattern="^[0-9]{4}$"))), "/period: pattern"),
}
WIDER = {
    "a new optional field": changed(more=(str, "")),
    "a word more in a choice": changed(licence=(Literal["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"], ...)),
    "a wider bound": changed(unit=(str, Field(max_length=80))),
    "a field that need not be sent any more": changed(unit=(str, "")),
}


def recorded() -> dict[str, Record]:
    return {NAME: records.load(records.SENT)[NAME]}


@pytest.mark.parametrize("name", NARROWER)
def test_what_would_refuse_a_message_that_the_contract_allowed_may_not_be(name: str) -> None:
    kind, said = NARROWER[name]
    assert any(said in line for line in sent.incompatible([kind], recorded(), TODAY))


@pytest.mark.parametrize("name", WIDER)
def test_what_only_takes_more_may_be(name: str) -> None:
    assert sent.incompatible([WIDER[name]], recorded(), TODAY) == []


def test_a_field_that_is_not_taken_any_more_may_not_be() -> None:
    kept = recorded()[NAME]
    had = {**kept.schema["properties"], "colour": {"type": "string", "default": ""}}
    known = {NAME: replace(kept, schema={**kept.schema, "properties": had})}
    assert any("/colour: is not read" in line for line in sent.incompatible([Indicator], known, TODAY))


def test_a_rule_that_no_schema_tells_is_found_by_an_example_that_it_refuses() -> None:
    known = {NAME: replace(recorded()[NAME], golden=[{**recorded()[NAME].golden[0], "low": 45.0}])}
    assert any("line 1" in line for line in sent.incompatible([Indicator], known, TODAY))


def test_a_kind_that_partners_send_is_not_removed_before_its_sunset() -> None:
    assert any("still send it" in line for line in sent.incompatible([], recorded(), TODAY))
    over = {NAME: replace(recorded()[NAME], sunset=TODAY)}
    assert sent.incompatible([], over, TODAY) == []


def test_another_subject_is_refused() -> None:
    moved = changed()
    moved.SUBJECT = "latu.partner.<partner>.figure"
    assert any("its subject was" in line for line in sent.incompatible([moved], recorded(), TODAY))


def test_nothing_is_recorded_of_what_is_refused(tmp_path: Path) -> None:
    records.save(recorded()[NAME], tmp_path)
    before = records.load(tmp_path)
    lines, well = program.record_sent([changed(more=(str, ...))], tmp_path)
    assert not well
    assert sent.WHAT_TO_DO in lines[-1]
    assert records.load(tmp_path) == before


def test_what_partners_may_send_is_recorded_as_it_is_and_nothing_broke() -> None:
    known = records.load(records.SENT)
    assert sent.incompatible(CONTRIBUTED, known, datetime.now(UTC).date()) == []
    assert gate.unrecorded(CONTRIBUTED, known) == []
    files = {f"{name}.{kind}" for name in known for kind in ("schema.json", "golden.jsonl")}
    assert {path.name for path in records.SENT.iterdir()} == files
