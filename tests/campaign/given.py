"""Facts that the tests of the campaign start from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.campaign import drafting, posts
from services.campaign.grounds import Advice, Ground, Known
from services.campaign.posts import Post
from services.campaign.stories import Telling
from shared.events import (
    AdoptedRecommendation,
    Evidence,
    Figure,
    IndicationReleased,
    InsightReleased,
    InsightRetracted,
    ModelVersionPublished,
    PracticePublished,
    Text,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TOPIC_NAME = Text(fi="Johtaminen", en="Leadership", sv="Ledarskap")


def text(words: str) -> Text:
    return Text(fi=f"{words} fi", en=f"{words} en", sv=f"{words} sv")


def figure(low: float = 2.0, high: float = 2.4, **more: Any) -> Figure:
    """A mean of 1–5, clearly below its middle."""
    middle = round((low + high) / 2, 2)
    return Figure(
        **{"kind": "mean", "unit": "1–5", "estimate": middle, "n_band": "50–99", **more}, low=low, high=high
    )


def insight(key: str = "i1", revision: int = 1, **more: Any) -> InsightReleased:
    shown = more.get("figure", figure())
    given: dict[str, Any] = {
        "status": "released" if revision == 1 else "revised",
        "round": "r1",
        "round_title": text("Kierros"),
        "question": f"q-{key}",
        "question_text": text(f"Kysymys {key}"),
        "topic": "leadership",
        "rule": "need",
        "segment": {},
        "segment_label": text("Koko alue"),
        "direction": "low",
        "sentence": text(f"Lause {key}: {shown.estimate} ({shown.low}–{shown.high})."),
        "figure": shown,
        "certainty": "high",
        "release": "r1-1",
        "release_number": 1,
        "released_on": date(2026, 11, 20),
        "answers_hash": "0" * 64,
        "unit": "organisation",
        "method": "raked mean",
    }
    return InsightReleased(insight=key, revision=revision, occurred_at=NOW, **{**given, **more})


def indication(key: str = "d1") -> IndicationReleased:
    state = insight(key).model_dump(exclude={"tier"})
    return IndicationReleased.model_validate(state)


def retracted(key: str = "i1", revision: int = 2, topic: str = "leadership") -> InsightRetracted:
    return InsightRetracted(
        insight=key, revision=revision, occurred_at=NOW, round="r1", topic=topic, reason="import_undone"
    )


def recommendation(key: str = "rec1", **more: Any) -> AdoptedRecommendation:
    given: dict[str, Any] = {
        "revision": 1,
        "topic": "leadership",
        "text": text(f"Suositus {key}"),
        "strength": "conditional",
        "certainty": "moderate",
        "evidence": (Evidence(kind="insight", key="i1", revision=1),),
    }
    return AdoptedRecommendation(recommendation=key, **{**given, **more})


def version(number: int, *recommendations: AdoptedRecommendation, **more: Any) -> ModelVersionPublished:
    return ModelVersionPublished(
        revision=number,
        occurred_at=NOW,
        number=number,
        published_on=NOW.date(),
        changes=text("Muutokset"),
        recommendations=recommendations,
        **more,
    )


def practice(key: str = "p1", revision: int = 1, status: str = "published") -> PracticePublished:
    return PracticePublished(
        practice=key,
        revision=revision,
        occurred_at=NOW,
        status=status,
        title=text(f"Käytäntö {key}"),
        summary=text("Tiivistelmä"),
        topics=("leadership",),
    )


def known(*insights: InsightReleased, advice: Advice | None = None) -> Known:
    """The evidence that is live."""
    quoted = {advice.recommendation: advice} if advice else {}
    return Known({one.insight: one for one in insights}, quoted)


def draft(*insights: InsightReleased, advice: Advice | None = None) -> Post:
    ground = Ground(insights or (insight(),), advice)
    return drafting.draft(drafting.Material(TOPIC_NAME, ground))


def published(*insights: InsightReleased, advice: Advice | None = None) -> Post:
    return posts.publish(posts.approve(draft(*insights, advice=advice)), NOW)


def telling(**more: Any) -> Telling:
    given: dict[str, Any] = {
        "title": "Viikkopalaveri kävellen",
        "text": "Pidämme viikkopalaverin kävellen, ja se on pitänyt porukan koossa.",
        "topic": "community",
        "language": "fi",
        "consent": True,
    }
    return Telling(**{**given, **more})
