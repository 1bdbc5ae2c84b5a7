"""What the other services could have told: small builders with everything that a test does not care about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.model.decisions import Wish
from services.model.evidence import Known
from services.model.recommendations import Standing, make_case, settle, subjects_of
from services.model.records import Record, begin, decide, follow
from services.model.subjects import Subject
from shared.events import (
    Figure,
    IndicationReleased,
    InsightReleased,
    InsightRetracted,
    OutcomeRecorded,
    OutcomeWithdrawn,
    PracticePublished,
    Text,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LAPLAND: dict[str, str] = {}
ROVANIEMI = {"sub-region": "rovaniemi"}
WHOLE = Text(fi="Koko alue", en="The whole region", sv="Hela regionen")


def text(words: str) -> Text:
    return Text(fi=f"{words} (fi)", en=words, sv=f"{words} (sv)")


def figure(estimate: float = 2.1, low: float = 1.9, high: float = 2.3, unit: str = "1–5") -> Figure:
    return Figure(kind="mean", estimate=estimate, low=low, high=high, n_band="50–99", unit=unit)


def _finding(key: str, rule: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "insight": key,
        "revision": 1,
        "occurred_at": NOW,
        "status": "released",
        "round": "spring",
        "round_title": text("Spring"),
        "question": "q1",
        "question_text": text("How is it?"),
        "topic": "wellbeing",
        "rule": rule,
        "segment": LAPLAND,
        "segment_label": WHOLE,
        "direction": "high" if rule in ("practice", "strength") else "low",
        "practice": "",
        "sentence": text(f"{rule} {key}"),
        "figure": figure(),
        "certainty": "moderate",
        "release": "spring-1",
        "release_number": 1,
        "released_on": date(2026, 3, 1),
        "answers_hash": "ab" * 16,
        "unit": "organisation",
        "method": "raked",
    }
    return found | changes


def insight(key: str, rule: str = "need", **changes: Any) -> InsightReleased:
    return InsightReleased.model_validate(_finding(key, rule, **changes))


def indication(key: str, rule: str = "need", **changes: Any) -> IndicationReleased:
    return IndicationReleased.model_validate(_finding(key, rule, **changes))


def retraction(key: str, revision: int, **changes: Any) -> InsightRetracted:
    base = {"insight": key, "revision": revision, "occurred_at": NOW, "round": "spring", "topic": "wellbeing"}
    return InsightRetracted.model_validate(base | {"reason": "no_longer_holds"} | changes)


def practice(key: str = "breaks", revision: int = 1, **changes: Any) -> PracticePublished:
    base = {"practice": key, "revision": revision, "occurred_at": NOW, "status": "published"}
    words = {"title": text(f"Title {key}"), "summary": text(f"Summary {key}."), "topics": ("wellbeing",)}
    return PracticePublished.model_validate(base | words | changes)


def outcome(key: str, revision: int = 1, **changes: Any) -> OutcomeRecorded:
    base = {"outcome": key, "revision": revision, "occurred_at": NOW, "practice": "breaks"}
    told = {"topic": "wellbeing", "kept": True, "before": 4, "after": 7, "measured_on": "2026-02"}
    return OutcomeRecorded.model_validate(base | told | changes)


def outcomes(n: int, *, dropped: int = 1, prefix: str = "o", **changes: Any) -> tuple[OutcomeRecorded, ...]:
    """`n` outcomes of which `dropped` did not keep the practice."""
    return tuple(outcome(f"{prefix}{i:02}", **{"kept": i >= dropped} | changes) for i in range(n))


def withdrawal(key: str, revision: int = 2) -> OutcomeWithdrawn:
    base = {"outcome": key, "revision": revision, "occurred_at": NOW, "practice": "breaks"}
    return OutcomeWithdrawn.model_validate(base | {"topic": "wellbeing"})


def known(*events: Any) -> Known:
    """What is known after these events, one revision of each thing."""
    kinds: dict[str, type[Any]] = {
        "insights": InsightReleased,
        "indications": IndicationReleased,
        "practices": PracticePublished,
        "outcomes": OutcomeRecorded,
    }
    found = {name: tuple(e for e in events if isinstance(e, kind)) for name, kind in kinds.items()}
    return Known(**found)


def subject(practice: str = "breaks", segment: dict[str, str] = LAPLAND) -> Subject:
    return Subject.of("wellbeing", practice, segment)


REASON = "The group discussed it on Tuesday."


def wish(kind: str, **changes: Any) -> Wish:
    return Wish.model_validate({"kind": kind, "revision": 1, "reason": REASON} | changes)


def stand(told: Known, record: Record | None = None, of: Subject | None = None) -> Standing:
    """Where a subject stands by this knowledge and what people said in `record`."""
    decision, worded = (record.decision, record.worded) if record else (None, None)
    of = of or subject()
    return settle(make_case(of, told, proposed=of in subjects_of(told), decision=decision), decision, worded)


def proposed(told: Known, practice: str = "breaks") -> Record:
    record = begin(stand(told, of=subject(practice)), NOW)
    assert record is not None
    return record


def adopted(told: Known, practice: str = "breaks", **changes: Any) -> Record:
    """The record of a proposal that a person adopted, with strength, certainty or text of their own."""
    record = decide(proposed(told, practice), wish("adopt", **changes), "expert", NOW)
    return follow(record, stand(told, record, subject(practice)), NOW)
