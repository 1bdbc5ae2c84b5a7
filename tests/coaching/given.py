"""Facts that the tests of coaching start from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.coaching.practices import Practice
from shared.events import (
    Evidence,
    Figure,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    PracticeSuggested,
    RecommendationRevised,
    Text,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def text(words: str) -> Text:
    return Text(fi=f"{words} (fi)", en=words)


def figure(low: float = 2.2, high: float = 2.6, **more: Any) -> Figure:
    given = {"kind": "mean", "unit": "1–5", "estimate": (low + high) / 2, "n_band": "50–99"}
    return Figure(**{**given, "low": low, "high": high, **more})


def _finding(key: str, revision: int, **more: Any) -> dict[str, Any]:
    return {
        "insight": key,
        "revision": revision,
        "occurred_at": NOW,
        "status": "released",
        "round": "r1",
        "round_title": text("Round"),
        "question": "q1",
        "question_text": text("Question"),
        "topic": "leadership",
        "rule": "need",
        "segment": {},
        "segment_label": text("Whole region"),
        "direction": "low",
        "sentence": text(f"Sentence of {key}"),
        "figure": figure(),
        "certainty": "moderate",
        "release": "r1-1",
        "release_number": 1,
        "released_on": date(2026, 11, 20),
        "answers_hash": "0" * 64,
        "unit": "organisation",
        "method": "raked mean",
        **more,
    }


def insight(key: str = "i1", revision: int = 1, **more: Any) -> InsightReleased:
    return InsightReleased(**_finding(key, revision, **more))


def indication(key: str = "d1", revision: int = 1, **more: Any) -> IndicationReleased:
    return IndicationReleased(**_finding(key, revision, **more))


def retracted(key: str = "i1", revision: int = 2, reason: str = "import_undone") -> InsightRetracted:
    return InsightRetracted(
        insight=key, revision=revision, occurred_at=NOW, round="r1", topic="leadership", reason=reason
    )


def indication_retracted(key: str = "d1", revision: int = 2) -> IndicationRetracted:
    return IndicationRetracted(
        insight=key,
        revision=revision,
        occurred_at=NOW,
        round="r1",
        topic="leadership",
        reason="no_longer_holds",
    )


def recommendation(key: str = "rec1", revision: int = 1, **more: Any) -> RecommendationRevised:
    given: dict[str, Any] = {
        "status": "adopted",
        "topic": "leadership",
        "text": text(f"Text of {key}"),
        "strength": "strong",
        "certainty": "high",
        "evidence": (Evidence(kind="insight", key="i1", revision=1),),
    }
    return RecommendationRevised(recommendation=key, revision=revision, occurred_at=NOW, **{**given, **more})


def suggestion(key: str = "s1", revision: int = 1, **more: Any) -> PracticeSuggested:
    given = {"text": "Perjantaisin kahvitellaan.", "language": "fi", "topic": "community"}
    return PracticeSuggested(suggestion=key, revision=revision, occurred_at=NOW, **{**given, **more})


def practice(key: str = "p1", topics: tuple[str, ...] = ("leadership",), **more: Any) -> Practice:
    given: dict[str, Any] = {
        "title": text(f"Title of {key}"),
        "summary": text(f"Summary of {key}"),
        "first_steps": (text("First step"),),
        "effort": "low",
    }
    return Practice(practice=key, topics=topics, **{**given, **more})
