"""The building blocks of histories: single events in which only what matters to a consumer varies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.events import (
    AdoptedRecommendation,
    Evidence,
    Figure,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    ModelVersionPublished,
    OutcomeRecorded,
    PracticePublished,
    RecommendationRevised,
    StoryPublished,
    Text,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOPICS = ("wellbeing", "leadership", "community", "recruitment")
PRACTICES = ("breaks", "walks", "rules")
PLACES: tuple[dict[str, str], ...] = ({}, {"sub-region": "rovaniemi"}, {"size": "1-9"})
FIGURES = ((1.4, 1.8), (1.7, 2.1), (2.6, 3.0), (3.7, 4.1))
CERTAINTIES = ("high", "moderate", "low")


def text(words: str) -> Text:
    """A text in all three languages."""
    return Text(fi=f"{words} (fi)", en=words, sv=f"{words} (sv)")


def at(revision: int) -> datetime:
    """Later revisions happened later."""
    return START + timedelta(hours=revision)


def finding(confirmed: bool, key: str, revision: int, **said: Any) -> InsightReleased | IndicationReleased:
    """A finding of either tier; `said` has at least topic, rule, question, segment, figure and certainty."""
    low, high = said.pop("figure")
    middle = round((low + high) / 2, 2)
    words = {
        "round_title": text(said["round"]),
        "question_text": text(f"How is {said['question']}?"),
        "segment_label": text(" ".join(said["segment"].values()) or "the region"),
        "sentence": text(f"{key} is {middle} ({low}–{high})"),
        "figure": Figure(kind="mean", estimate=middle, low=low, high=high, n_band="50–99", unit="1–5"),
        "release": f"{said['round']}-{revision}",
        "release_number": revision,
        "released_on": date(2026, 3, 1),
        "answers_hash": "ab" * 32,
        "unit": "organisation",
        "method": "raked mean",
        "status": "released" if revision == 1 else "revised",
    }
    kind = InsightReleased if confirmed else IndicationReleased
    return kind.model_validate(
        {"insight": key, "revision": revision, "occurred_at": at(revision), **words, **said}
    )


def retraction(
    confirmed: bool, key: str, revision: int, **said: Any
) -> InsightRetracted | IndicationRetracted:
    """The retraction of a finding; `said` has topic, round and reason."""
    kind = InsightRetracted if confirmed else IndicationRetracted
    return kind.model_validate({"insight": key, "revision": revision, "occurred_at": at(revision), **said})


def practice(key: str, revision: int, **said: Any) -> PracticePublished:
    """A practice of the library; `said` has status and topics."""
    words = {"title": text(f"{key} in wording {revision}"), "summary": text(f"How to do {key}")}
    return PracticePublished.model_validate(
        {"practice": key, "revision": revision, "occurred_at": at(revision), **words, **said}
    )


def outcome(key: str, revision: int, **said: Any) -> OutcomeRecorded:
    """A follow-up; `said` has practice, topic, kept and after."""
    fixed = {"before": 4, "measured_on": "2026-02"}
    return OutcomeRecorded.model_validate(
        {"outcome": key, "revision": revision, "occurred_at": at(revision), **fixed, **said}
    )


def recommendation(key: str, revision: int, **said: Any) -> RecommendationRevised:
    """A recommendation; `said` has status, topic, practice, strength, certainty and segment."""
    fixed = {"text": text(f"Do {key}"), "evidence": (Evidence(kind="insight", key="i0", revision=1),)}
    return RecommendationRevised.model_validate(
        {"recommendation": key, "revision": revision, "occurred_at": at(revision), **fixed, **said}
    )


def adopted(key: str, **said: Any) -> AdoptedRecommendation:
    """A recommendation inside a version; `said` has topic, practice, strength, certainty, under_review."""
    fixed = {"revision": 1, "text": text(f"Do {key}"), "evidence": ()}
    return AdoptedRecommendation.model_validate({"recommendation": key, **fixed, **said})


def version(revision: int, number: int, *recommendations: AdoptedRecommendation) -> ModelVersionPublished:
    """The model in one version, or the same with other marks."""
    return ModelVersionPublished(
        revision=revision,
        occurred_at=at(revision),
        number=number,
        published_on=date(2026, 3, number),
        changes=text(f"Changes of version {number}"),
        recommendations=recommendations,
    )


def story(key: str, revision: int, words: str) -> StoryPublished:
    """A published story."""
    return StoryPublished(
        revision=revision,
        occurred_at=at(revision),
        story=key,
        title="Otsikko",
        text=words,
        language="fi",
        topic="community",
        published_at=at(1),
    )
