"""Grounds: what speaks for a practice, how near it is and how much it weighs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import Field

from services.coaching import thresholds
from services.coaching.practices import Practice
from shared.events import (
    Certainty,
    Evidence,
    Figure,
    IndicationReleased,
    InsightReleased,
    RecommendationRevised,
    Text,
    Tier,
    Topic,
    Value,
)

Finding = InsightReleased | IndicationReleased
_SCALE = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*[–-]\s*(\d+(?:[.,]\d+)?)")


class Ground(Value):
    """One finding or recommendation that speaks for a practice, with all that is shown of it."""

    evidence: Evidence
    role: Literal["need", "found_good", "recommended"]
    topic: Topic
    sentence: Text
    segment: dict[str, str] = Field(default_factory=dict)
    segment_label: Text | None = None
    tier: Tier | None = Field(default=None, description="Of a finding.")
    certainty: Certainty
    strength: str = Field(default="", description="Of a recommendation.")
    figure: Figure | None = None
    dated: date | None = None
    synthetic: bool = False
    weight: float = Field(ge=0)


def of_finding(finding: Finding, practice: Practice) -> Ground | None:
    """What a finding says for a practice, if anything."""
    role = _role(finding, practice)
    if role is None:
        return None
    return Ground(
        evidence=Evidence(kind="insight", key=finding.insight, revision=finding.revision),
        role=role,
        topic=finding.topic,
        sentence=finding.sentence,
        segment=finding.segment,
        segment_label=finding.segment_label,
        tier=finding.tier,
        certainty=finding.certainty,
        figure=finding.figure,
        dated=finding.released_on,
        synthetic=finding.synthetic,
        weight=_weight(finding, practice, role),
    )


def of_recommendation(recommendation: RecommendationRevised, practice: Practice) -> Ground | None:
    """What an adopted recommendation says for a practice: it names it, or names none and shares its topic."""
    named = recommendation.practice == practice.practice
    shared = not recommendation.practice and recommendation.topic in practice.topics
    if recommendation.status != "adopted" or not (named or shared):
        return None
    weight = thresholds.CERTAINTY_WEIGHT[recommendation.certainty] * (
        1.0 if named else thresholds.SIDE_TOPIC_WEIGHT
    )
    return Ground(
        evidence=Evidence(
            kind="recommendation", key=recommendation.recommendation, revision=recommendation.revision
        ),
        role="recommended",
        topic=recommendation.topic,
        sentence=recommendation.text,
        segment=recommendation.segment,
        certainty=recommendation.certainty,
        strength=recommendation.strength,
        dated=recommendation.occurred_at.date(),
        weight=round(weight, 6),
    )


def speaking_for(
    practice: Practice, findings: Iterable[Finding], recommendations: Iterable[RecommendationRevised]
) -> tuple[Ground, ...]:
    """All grounds of a practice, the heaviest first; ties go by kind and key."""
    found = [of_finding(finding, practice) for finding in findings]
    found += [of_recommendation(recommendation, practice) for recommendation in recommendations]
    grounds = [ground for ground in found if ground is not None]
    return tuple(sorted(grounds, key=lambda g: (-g.weight, g.evidence.kind, g.evidence.key)))


def settle(
    insights: Iterable[InsightReleased], indications: Iterable[IndicationReleased]
) -> tuple[Finding, ...]:
    """One finding for each key: where both tiers stand, the confirmed one counts."""
    by_key: dict[str, Finding] = {indication.insight: indication for indication in indications}
    by_key.update({insight.insight: insight for insight in insights})
    return tuple(by_key[key] for key in sorted(by_key))


def size(figure: Figure, direction: Literal["low", "high"]) -> float:
    """How large a finding is at the careful end of its interval, as a share of its scale (0–1)."""
    scale = _scale(figure)
    if scale is None:
        return thresholds.UNKNOWN_SIZE
    bottom, top = scale
    if figure.kind == "difference":
        careful = 0.0 if figure.low * figure.high < 0 else min(abs(figure.low), abs(figure.high))
        return _within(careful / (top - bottom) / thresholds.WHOLE_GAP)
    careful = top - figure.high if direction == "low" else figure.low - bottom
    return _within(careful / (top - bottom))


def _role(finding: Finding, practice: Practice) -> Literal["need", "found_good"] | None:
    if finding.rule == "practice":
        return "found_good" if finding.practice == practice.practice else None
    # Where a segment is better off than the rest, its gap is no need.
    needed = finding.rule in ("need", "barrier") or (
        finding.rule == "gap" and finding.direction != finding.good
    )
    meant = finding.practice == practice.practice or finding.topic in practice.topics
    return "need" if needed and meant else None


def _weight(finding: Finding, practice: Practice, role: str) -> float:
    main = (
        role == "found_good" or finding.topic == practice.topics[0] or finding.practice == practice.practice
    )
    least = thresholds.SMALLEST_SIZE
    return round(
        thresholds.TIER_WEIGHT[finding.tier]
        * thresholds.CERTAINTY_WEIGHT[finding.certainty]
        * (least + (1 - least) * size(finding.figure, finding.direction))
        * (1.0 if main else thresholds.SIDE_TOPIC_WEIGHT)
        * (1 + thresholds.SEGMENT_BONUS * len(finding.segment)),
        6,
    )


def _scale(figure: Figure) -> tuple[float, float] | None:
    if figure.kind == "share" or figure.unit.strip() == "%":
        return 0.0, 100.0
    found = _SCALE.search(figure.unit)
    if found is None:
        return None
    bottom, top = (float(end.replace(",", ".")) for end in found.groups())
    return (bottom, top) if bottom < top else None


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))
