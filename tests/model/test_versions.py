"""Model versions: frozen when published, marked when they no longer stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from services.model.evidence import Known
from services.model.records import Record
from services.model.versions import PublishedVersion, Version, make_version, marks, next_changes
from shared.errors import Refused
from tests.model.given import NOW, adopted, insight, known, outcomes, practice, subject, text

TODAY = date(2026, 3, 2)
TOLD = known(insight("a"), practice())


def version(records: Sequence[Record], *earlier: Version) -> Version:
    return make_version(records, earlier, TODAY)


def test_versions_are_numbered_from_one() -> None:
    first = version([adopted(TOLD)])
    second = version([adopted(TOLD, text=text("Other words"))], first)
    assert (first.number, second.number) == (1, 2)


def test_nothing_adopted_is_nothing_to_publish() -> None:
    with pytest.raises(Refused, match="Nothing is adopted"):
        version([])
    assert next_changes([], ()) is None


def test_the_same_again_is_not_a_version() -> None:
    first = version([adopted(TOLD)])
    with pytest.raises(Refused, match="Nothing has changed"):
        version([adopted(TOLD)], first)
    assert next_changes([adopted(TOLD)], [first]) is None


def test_new_evidence_alone_is_worth_a_version() -> None:
    first = version([adopted(TOLD)])
    more = known(insight("a"), insight("b", question="q2"), practice())
    assert version([adopted(more)], first).number == 2


def test_a_version_is_synthetic_when_one_of_its_recommendations_is() -> None:
    assert not version([adopted(TOLD)]).synthetic
    assert version([adopted(known(insight("a", synthetic=True), practice()))]).synthetic


def test_the_event_lists_findings_but_no_outcomes() -> None:
    told = known(insight("a", revision=2), practice(), *outcomes(12))
    event = version([adopted(told)]).to_event(5, NOW, frozenset())
    (recommendation,) = event.recommendations
    assert [(ref.kind, ref.key, ref.revision) for ref in recommendation.evidence] == [("insight", "a", 2)]
    assert "o00" not in event.model_dump_json()
    assert (event.key, event.revision, event.number) == ("model", 5, 1)


def test_what_is_marked_is_under_review_in_the_event() -> None:
    content = version([adopted(TOLD)])
    published = PublishedVersion(
        content=content, revision=2, published_by="expert", marks=frozenset({subject().key})
    )
    assert [one.under_review for one in published.to_event(NOW).recommendations] == [True]


def marked(now: Record | None, told: Known = TOLD) -> bool:
    content = version([adopted(told)])
    return bool(marks(content, {now.key: now.standing} if now else {}))


def test_what_is_adopted_stands_unmarked() -> None:
    assert not marked(adopted(TOLD))


def test_what_is_under_review_retired_or_gone_is_marked() -> None:
    record = adopted(TOLD)
    for status in ("under_review", "retired"):
        standing = record.standing.model_copy(update={"status": status})
        assert marked(record.model_copy(update={"standing": standing}))
    assert marked(None)


def test_what_was_adopted_again_as_weaker_is_marked_and_as_stronger_is_not() -> None:
    assert marked(adopted(TOLD, certainty="very_low"))
    assert not marked(adopted(TOLD, certainty="high"))


def test_rewording_alone_marks_nothing() -> None:
    assert not marked(adopted(TOLD, text=text("Better words")))
