"""Themes: how much there is to say about a topic, from its live evidence alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.campaign import thresholds
from shared.events import AdoptedRecommendation, Evidence, Figure, InsightReleased, Topic

_SCALE = re.compile(r"^\s*(-?\d+(?:[.,]\d+)?)\s*[–-]\s*(\d+(?:[.,]\d+)?)\s*$")
_COUNTED_FROM_NOTHING = ("barrier", "practice")


@dataclass(frozen=True, slots=True)
class Points:
    """Where the points of a theme come from; each part rounded to 0.1."""

    certainty: float = 0.0
    effect: float = 0.0
    novelty: float = 0.0
    recommendation: float = 0.0
    stories: float = 0.0

    @property
    def total(self) -> float:
        """The score, 0–100."""
        parts = (self.certainty, self.effect, self.novelty, self.recommendation, self.stories)
        return round(sum(parts), 1)


@dataclass(frozen=True, slots=True)
class Theme:
    """A topic as the campaign sees it. `insights` stand best first; the first one leads."""

    topic: Topic
    status: Literal["active", "dormant"]
    points: Points
    insights: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> float:
        """0–100; a dormant theme has 0."""
        return self.points.total


def weigh(
    topic: Topic,
    insights: Collection[InsightReleased],
    shown: Collection[str],
    adopted: Collection[AdoptedRecommendation],
    stories: int,
) -> Theme:
    """The theme of a topic.

    Args:
        insights: the live insights of the topic, in any order.
        shown: keys of the insights that a published post has shown.
        adopted: the recommendations of the newest model version on the topic.
        stories: how many published stories tell about it.
    """
    ranked = rank(insights, shown)
    if not ranked:
        return Theme(topic, "dormant", Points(), (), ())
    standing = any(not one.under_review for one in adopted)
    points = Points(
        certainty=thresholds.CERTAINTY_POINTS[ranked[0].certainty],
        effect=_effect_points(ranked[0]),
        novelty=round(thresholds.NOVELTY_POINTS * _unseen(ranked, shown), 1),
        recommendation=thresholds.RECOMMENDATION_POINTS if standing else 0.0,
        stories=round(thresholds.STORY_POINTS * min(1, stories / thresholds.STORIES_IN_FULL), 1),
    )
    return Theme(topic, "active", points, tuple(one.insight for one in ranked), _evidence(ranked, adopted))


def rank(insights: Iterable[InsightReleased], shown: Collection[str]) -> list[InsightReleased]:
    """Best first: most certain, clearest effect, not shown before; equal ones by their key."""
    return sorted(insights, key=lambda one: (-_points(one, shown), one.insight))


def best(themes: Iterable[Theme]) -> list[Theme]:
    """The themes that deserve a draft, best first."""
    worth = [one for one in themes if one.status == "active" and one.score >= thresholds.DRAFTED_FROM]
    return sorted(worth, key=lambda one: (-one.score, one.topic))[: thresholds.THEMES_DRAFTED]


def effect(insight: InsightReleased) -> float:
    """How far the whole interval is from the point of no effect, 0–1 of the way to the end of the scale.

    The end of the interval that is nearer to no effect counts, so what the margin could explain gives 0.
    A figure on an unknown scale gives 0 too.
    """
    way = _way(insight)
    if way is None:
        return 0.0
    start, end = way
    near = insight.figure.low if end > start else insight.figure.high
    return min(1.0, max(0.0, (near - start) / (end - start)))


def scale_of(figure: Figure) -> tuple[float, float] | None:
    """The ends of the scale: 0–100 for shares and per cents, else as the unit says, such as 1–5."""
    if figure.kind == "share" or figure.unit.strip() == "%":
        return 0.0, 100.0
    found = _SCALE.match(figure.unit)
    if found is None:
        return None
    low, high = (float(end.replace(",", ".")) for end in found.groups())
    return (low, high) if low < high else None


def _way(insight: InsightReleased) -> tuple[float, float] | None:
    """From where an effect is counted, and the end of the scale that it points to."""
    scale = scale_of(insight.figure)
    if scale is None:
        return None
    low, high = scale
    up = insight.direction == "high"
    if insight.figure.kind == "difference":
        return (0.0, high - low) if up else (0.0, low - high)
    if insight.figure.kind == "share" and insight.rule in _COUNTED_FROM_NOTHING:
        return (low, high) if up else (high, low)
    middle = (low + high) / 2
    return (middle, high) if up else (middle, low)


def _points(insight: InsightReleased, shown: Collection[str]) -> float:
    fresh = 0.0 if insight.insight in shown else thresholds.NOVELTY_POINTS
    return thresholds.CERTAINTY_POINTS[insight.certainty] + _effect_points(insight) + fresh


def _effect_points(insight: InsightReleased) -> float:
    return round(thresholds.EFFECT_POINTS * min(1.0, effect(insight) / thresholds.EFFECT_IN_FULL), 1)


def _unseen(ranked: Sequence[InsightReleased], shown: Collection[str]) -> float:
    return sum(one.insight not in shown for one in ranked) / len(ranked)


def _evidence(
    ranked: Sequence[InsightReleased], adopted: Collection[AdoptedRecommendation]
) -> tuple[Evidence, ...]:
    """Insights best first, then the recommendations by key."""
    insights = (Evidence(kind="insight", key=one.insight, revision=one.revision) for one in ranked)
    standing = sorted((one for one in adopted if not one.under_review), key=lambda one: one.recommendation)
    advice = (
        Evidence(kind="recommendation", key=one.recommendation, revision=one.revision) for one in standing
    )
    return (*insights, *advice)
