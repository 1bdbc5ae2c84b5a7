"""What anybody may read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.model.entries import make_entry
from services.model.readers import Now, now_of, read_entry, read_version
from services.model.records import Record
from services.model.versions import PublishedVersion, make_version
from tests.model.given import NOW, adopted, insight, known, outcomes, practice, subject

TOLD = known(insight("a"), insight("t", "trend"), practice(), *outcomes(12))


def changed(record: Record, status: str) -> Record:
    standing = record.standing.model_copy(update={"status": status})
    return record.model_copy(update={"standing": standing, "status_since": NOW + timedelta(days=3)})


def test_readers_never_see_which_outcomes_were_counted() -> None:
    read = read_entry(make_entry(adopted(TOLD)), adopted(TOLD))
    assert "o00" not in read.model_dump_json()
    assert read.outcomes is not None
    assert read.outcomes.n_band == "10–19"


def test_readers_see_every_row_with_its_figure() -> None:
    read = read_entry(make_entry(adopted(TOLD)), adopted(TOLD))
    assert [(row.insight, row.direction) for row in read.evidence] == [("a", "supports"), ("t", "context")]
    assert read.evidence[0].figure.n_band == "50–99"


@pytest.mark.parametrize(
    ("status", "now"), [("adopted", "stands"), ("under_review", "under_review"), ("retired", "retired")]
)
def test_readers_see_at_once_where_it_stands_today(status: str, now: Now) -> None:
    record = changed(adopted(TOLD), status)
    read = read_entry(make_entry(adopted(TOLD)), record)
    assert (read.now, read.under_review) == (now, now != "stands")
    assert read.now_since == (None if now == "stands" else date(2026, 3, 5))


def test_a_weaker_one_is_regraded_and_an_unknown_one_retired() -> None:
    entry = make_entry(adopted(TOLD))
    assert now_of(entry, adopted(TOLD, certainty="low")) == "regraded"
    assert now_of(entry, None) == "retired"


def test_a_version_is_read_with_the_marks_of_today() -> None:
    content = make_version([adopted(TOLD)], (), date(2026, 3, 2))
    published = PublishedVersion(content=content, revision=1, published_by="expert")
    read = read_version(published, {subject().key: changed(adopted(TOLD), "under_review")})
    assert [one.under_review for one in read.recommendations] == [True]
    assert (read.number, read.changes) == (1, content.changes)
