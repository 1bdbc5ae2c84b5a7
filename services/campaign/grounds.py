"""What a post stands on: insights and a recommendation, as written and as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.events import Evidence, InsightReleased, ModelVersionPublished, Text, Topic

Difference = Literal["same", "figures", "restated", "gone"]

_WORST_LAST: tuple[Difference, ...] = ("same", "figures", "restated", "gone")


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation that a post quotes."""

    recommendation: str
    revision: int
    text: Text
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """The evidence of a post: the leading insight first, and the recommendation quoted, if one is."""

    insights: tuple[InsightReleased, ...]
    advice: Advice | None = None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """References to all of it."""
        found = [Evidence(kind="insight", key=one.insight, revision=one.revision) for one in self.insights]
        if self.advice is not None:
            advice = self.advice
            found.append(Evidence(kind="recommendation", key=advice.recommendation, revision=advice.revision))
        return tuple(found)

    @property
    def synthetic(self) -> bool:
        """Whether any of it comes from generated answers."""
        quoted = self.advice is not None and self.advice.synthetic
        return quoted or any(one.synthetic for one in self.insights)


@dataclass(frozen=True, slots=True)
class Known:
    """The live evidence that posts can stand on, by key."""

    insights: Mapping[str, InsightReleased] = field(default_factory=dict)
    advice: Mapping[str, Advice] = field(default_factory=dict)

    def standing(self, written: Ground) -> Ground:
        """The same ground as it is now; what is gone is left out."""
        kept = (self.insights.get(one.insight) for one in written.insights)
        quoted = written.advice and self.advice.get(written.advice.recommendation)
        return Ground(tuple(one for one in kept if one is not None), quoted or None)


def advice_in(version: ModelVersionPublished | None, topic: Topic | None = None) -> dict[str, Advice]:
    """The recommendations of a model version that may be quoted: adopted and not under review."""
    found = version.recommendations if version is not None else ()
    return {
        one.recommendation: Advice(
            one.recommendation, one.revision, one.text, version is not None and version.synthetic
        )
        for one in found
        if not one.under_review and topic in (None, one.topic)
    }


def compare(written: Ground, now: Ground) -> Difference:
    """How the insights differ from those that a text was written on: the worst difference counts."""
    current = {one.insight: one for one in now.insights}
    found = [_differs(one, current.get(one.insight)) for one in written.insights]
    if written.advice and now.advice and written.advice.text != now.advice.text:
        found.append("figures")
    return max(found, key=_WORST_LAST.index, default="same")


def advice_is_gone(written: Ground, now: Ground) -> bool:
    """Whether the recommendation quoted is no longer adopted or is under review."""
    return written.advice is not None and now.advice is None


def _differs(written: InsightReleased, now: InsightReleased | None) -> Difference:
    if now is None:
        return "gone"
    if _statement(written) != _statement(now):
        return "restated"
    same = written.figure == now.figure and written.sentence == now.sentence
    return "same" if same else "figures"


def _statement(insight: InsightReleased) -> tuple[object, ...]:
    """What a sentence around the figure may rely on."""
    return (
        insight.topic,
        insight.rule,
        insight.direction,
        insight.question,
        insight.segment,
        insight.practice,
        insight.unit,
        insight.figure.kind,
        insight.figure.unit,
    )
