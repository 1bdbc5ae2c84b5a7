"""Insights: findings with a key and a revision, released, revised and retracted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from services.survey.certainty import Grounds, certainty, doubts
from services.survey.figures import rounded_figure
from services.survey.items import Item
from services.survey.publication import Published
from services.survey.releases import Making, Release
from services.survey.rules import Hypothesis, Rule
from services.survey.segments import Segment, segment_label
from services.survey.sentences import Told, sentence
from services.survey.thresholds import INDICATION_LEVEL, MOVED, NARROWED
from services.survey.verdicts import Judged
from services.survey.weighting import Weights
from shared.events import (
    Event,
    Figure,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    Tier,
)
from shared.events.survey import RetractionReason

Finding = InsightReleased | IndicationReleased

_LONGEST_KEY = 120
_TIERS: dict[str, Tier] = {"confirmed": "confirmed", "indicated": "indication"}
_RELEASED: dict[Tier, type[Finding]] = {"confirmed": InsightReleased, "indication": IndicationReleased}
_METHODS: dict[Tier, str] = {
    "confirmed": "Raked to the frame's margins; HC2 error with the raking's degrees of freedom; the interval "
    "holds at all releases of the round together; confirmed at a false-discovery rate of 5 % over the round.",
    "indication": "Raked to the frame's margins; HC2 error; drawn towards the region by partial pooling; the "
    "interval holds the value with 80 % probability; not confirmed.",
}


@dataclass(frozen=True)
class Telling:
    """What the findings of a release are told with.

    watermarks: by number of the release. seal: of the answers behind an item in a segment at such a release.
    coached: items × segments, the share of the weight of units coached on the topic before they answered.
    """

    published: Published
    now: datetime
    watermarks: Mapping[int, int]
    seal: Callable[[str, Segment, int], str]
    coached: npt.NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Ground:
    """What a finding rests on. watermark: the number of the last answer that its figure counted."""

    hypothesis: str
    item: str
    watermark: int


@dataclass(frozen=True)
class Found:
    """A finding of a release, its revision still 1. held: whether its figure is the former one."""

    finding: Finding
    ground: Ground
    held: bool


@dataclass(frozen=True)
class Standing:
    """The last word on a finding: its event, its revision, whether it still stands, and what it rests on."""

    finding: Finding
    revision: int
    live: bool
    ground: Ground


def insight_key(round_: str, item: str, rule: Rule, segment: Segment) -> str:
    """The lasting name of a finding, readable: `spring-2026--workload--need--subregion-rovaniemi`."""
    key = "--".join((round_, item.replace(":", "-"), rule, segment.slug))
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[: _LONGEST_KEY - 13]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def find(telling: Telling) -> dict[str, Found]:
    """The findings that a release holds, by key, confirmed and indicated."""
    published, found = telling.published, {}
    for hypothesis, verdict in zip(published.hypotheses, published.verdicts, strict=True):
        if verdict.reason in _TIERS and published.making:
            finding = _finding(telling, published.making, hypothesis, verdict)
            item = published.making.items[hypothesis.item].name
            ground = Ground(hypothesis.name, item, telling.watermarks[verdict.release])
            found[finding.insight] = Found(finding, ground, verdict.held)
    return found


def covered(telling: Telling) -> frozenset[str]:
    """The keys of the indications that a confirmed finding of a wider segment now covers."""
    published, made = telling.published, telling.published.making
    return frozenset(
        _key(made, published.kept.release, hypothesis)
        for hypothesis, verdict in zip(published.hypotheses, published.verdicts, strict=True)
        if made and verdict.reason == "covered"
    )


def decide(
    found: Mapping[str, Found],
    standing: Mapping[str, Standing],
    reason: Callable[[str], RetractionReason],
    now: datetime,
) -> Iterator[Event]:
    """What is to be said now: releases, revisions and retractions, each one revision above the last.

    What was said before is said again only when it materially changed; what is not found any more is
    retracted for the reason that its key has.
    """
    for key in sorted({*found, *standing}):
        before, new = standing.get(key), found.get(key)
        revision = before.revision if before else 0
        if new is None:
            if before and before.live:
                yield _retraction(before, reason(key), now)
        elif before is None or not before.live:
            yield _revised(new, revision + 1, "released")
        elif before.finding.tier != new.finding.tier:
            promoted = new.finding.tier == "confirmed"
            yield _retraction(before, "promoted" if promoted else "demoted", now)
            yield _revised(new, revision + 2, "revised")
        elif not new.held and changed(before.finding, new.finding):
            yield _revised(new, revision + 1, "revised")


def changed(former: Finding, new: Finding) -> bool:
    """Whether a statement materially changed: its figure, its interval, its certainty or its words.

    The figure: by half of the interval's former reach. The interval: to less than three quarters of its
    length, or from less. A different order of digits alone is no news.
    """
    reach, now = _reach(former.figure), _reach(new.figure)
    moved = abs(new.figure.estimate - former.figure.estimate) >= MOVED.value * max(reach, 1e-9)
    resized = min(reach, now) < NARROWED.value * max(reach, now)
    said = ("direction", "certainty", "coached", "question_text", "segment_label", "practice", "topic")
    return moved or resized or any(getattr(former, name) != getattr(new, name) for name in said)


def _reach(figure: Figure) -> float:
    return (figure.high - figure.low) / 2


def _revised(found: Found, revision: int, status: Literal["released", "revised"]) -> Finding:
    return found.finding.model_copy(update={"revision": revision, "status": status})


def _retraction(standing: Standing, reason: RetractionReason, now: datetime) -> Event:
    kind = InsightRetracted if standing.finding.tier == "confirmed" else IndicationRetracted
    return kind(
        revision=standing.revision + 1,
        occurred_at=now,
        insight=standing.finding.insight,
        round=standing.finding.round,
        topic=standing.finding.topic,
        reason=reason,
    )


def _finding(telling: Telling, made: Making, hypothesis: Hypothesis, verdict: Judged) -> Finding:
    release = telling.published.kept.release
    item, segment = made.items[hypothesis.item], made.analysis.segments[hypothesis.segment]
    tier, grounds = _TIERS[verdict.reason], _grounds(telling, made, hypothesis, verdict)
    figure = _figure(item, hypothesis, verdict, tier)
    where = segment_label(made.round.frame, segment)
    words: dict[str, Any] = {
        "insight": _key(made, release, hypothesis),
        "question": item.question.code,
        "good": item.question.good,
        "question_text": item.text,
        "topic": item.question.topic,
        "rule": hypothesis.rule,
        "segment": segment.categories,
        "segment_label": where,
        "direction": "high" if (hypothesis.bound.sign or figure.estimate) > 0 else "low",
        "practice": item.practice,
        "sentence": sentence(Told(hypothesis.rule, tier, item, where, release.unit, figure)),
        "figure": figure,
        "certainty": certainty(grounds),
        "coached": "coached" in doubts(grounds),
        "answers_hash": telling.seal(item.name, segment, verdict.release),
        "method": _METHODS[tier],
    }
    return _RELEASED[tier](
        revision=1, occurred_at=telling.now, status="released", **words, **_of_release(release)
    )


def _key(made: Making, release: Release, hypothesis: Hypothesis) -> str:
    item, segment = made.items[hypothesis.item], made.analysis.segments[hypothesis.segment]
    return insight_key(release.round, item.name, hypothesis.rule, segment)


def _of_release(release: Release) -> dict[str, Any]:
    return {
        "round": release.round,
        "round_title": release.round_title,
        "release": release.release,
        "release_number": release.number,
        "released_on": release.released_on,
        "unit": release.unit,
        "assumptions": release.assumptions,
        "synthetic": release.synthetic,
    }


def _figure(item: Item, hypothesis: Hypothesis, verdict: Judged, tier: Tier) -> Figure:
    gap = hypothesis.rule in ("gap", "trend")
    if tier == "confirmed":
        return rounded_figure(item, verdict.figure, verdict.units, gap=gap)
    return rounded_figure(item, verdict.shrunk, verdict.units, level=INDICATION_LEVEL.value, gap=gap)


def _grounds(telling: Telling, made: Making, hypothesis: Hypothesis, verdict: Judged) -> Grounds:
    item, drift = hypothesis.item, telling.published.drift[hypothesis.item]
    coached = 0.0 if telling.coached is None else float(telling.coached[item, hypothesis.segment])
    return grounds_of(made.items[item], verdict, made.analysis.weights, drift, coached)


def grounds_of(item: Item, verdict: Judged, weights: Weights, drift: float, coached: float) -> Grounds:
    """What the certainty of a finding depends on. drift: the p-value of the item's. coached: see Grounds."""
    tier = _TIERS[verdict.reason]
    ends = verdict.figure if tier == "confirmed" else verdict.shrunk
    return Grounds(
        tier=tier,
        units=verdict.units,
        reach=(ends.high - ends.low) / 2 / (item.high - item.low),
        efficiency=weights.efficiency,
        uncovered=sum(collapse.population for collapse in weights.collapses) / weights.total,
        drift=drift,
        coached=coached,
    )
