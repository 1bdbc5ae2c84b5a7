"""Entries of a version: frozen with their evidence, in a fixed order, safe beside earlier ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.model.entries import Entry, in_order, local_date, make_entry, with_safe_outcomes
from services.model.evidence import Known
from tests.model.given import adopted, insight, known, outcomes, practice, subject, text


def entry(told: Known, name: str = "breaks", **changes: object) -> Entry:
    return make_entry(adopted(told, name, **changes))


def with_outcomes(n: int) -> Entry:
    return entry(known(insight("a"), practice(), *outcomes(n)))


def test_an_entry_is_what_was_adopted() -> None:
    record = adopted(known(insight("a"), practice()), text=text("Ours"), strength="strong", certainty="low")
    made = make_entry(record)
    assert (made.key, made.revision, made.text) == (subject().key, record.revision, text("Ours"))
    assert (made.strength, made.certainty, made.table) == ("strong", "low", record.standing.table)
    assert made.adopted_on == date(2026, 3, 2)


def test_the_date_is_that_of_the_region() -> None:
    assert local_date(datetime(2026, 3, 1, 22, 30, tzinfo=UTC)) == date(2026, 3, 2)


def test_the_strongest_come_first_then_by_title() -> None:
    told = known(insight("a"), practice("breaks"), practice("walks"), practice("xylophones"))
    entries = [
        entry(told, "xylophones", strength="conditional"),
        entry(told, "breaks", strength="conditional"),
        entry(told, "walks", strength="strong"),
    ]
    assert [e.subject.practice for e in in_order(entries)] == ["walks", "breaks", "xylophones"]


def test_topics_come_in_the_order_of_the_vocabulary() -> None:
    made = entry(known(insight("a"), practice()))
    other = made.model_copy(update={"subject": made.subject.model_copy(update={"topic": "recruitment"})})
    assert [e.subject.topic for e in in_order([other, made])] == ["wellbeing", "recruitment"]


def test_two_versions_cannot_be_subtracted_to_one_outcome() -> None:
    before, now = with_outcomes(8), with_outcomes(9)
    assert with_safe_outcomes(now, [before]).table.outcomes == before.table.outcomes
    assert with_safe_outcomes(now, [before]).table.rows == now.table.rows


def test_outcomes_of_another_practice_do_not_hold_it_back() -> None:
    now, before = with_outcomes(9), with_outcomes(8)
    other = before.model_copy(update={"subject": subject("walks")})
    assert with_safe_outcomes(now, [other]) == now
