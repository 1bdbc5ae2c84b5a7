"""Rules: what counts as a need, a strength, a gap, a trend, a barrier or a practice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from services.survey.items import Item
from services.survey.segments import Segment
from services.survey.thresholds import (
    BARRIER_LEVEL,
    GAP_LEVEL,
    GOOD_PRACTICE_LEVEL,
    NEED_LEVEL,
    PRACTICE_LEVEL,
    SCALE_MARGIN,
    SHARE_MARGIN,
    STRENGTH_LEVEL,
    TREND_LEVEL,
    Threshold,
)

Rule = Literal["need", "strength", "gap", "trend", "barrier", "practice"]


_EITHER_WAY: dict[Rule, Threshold] = {"gap": GAP_LEVEL, "trend": TREND_LEVEL}


@dataclass(frozen=True)
class Bound:
    """Where a finding begins, in the units of the item.

    A rule claims that the true figure of the population lies beyond `level`; what is tested is that it lies
    beyond `null`, a margin further. sign: +1 for above, -1 for below, 0 for either way.
    """

    level: float
    null: float
    sign: int


class Hypothesis(NamedTuple):
    """One rule on one item in one segment (both by index); it is named alike in every release of the round.

    tested: whether it can be confirmed; segments of several dimensions can only be indicated.
    """

    name: str
    item: int
    segment: int
    rule: Rule
    bound: Bound
    tested: bool


def hypotheses(
    items: Sequence[Item], segments: Sequence[Segment], *, follows: bool = False
) -> tuple[Hypothesis, ...]:
    """Everything that the rules ask of a round, the same at every look.

    follows: whether the round follows another one, so that trends can be asked.
    """
    places = [(s, segment.slug, len(segment.parts)) for s, segment in enumerate(segments)]
    return tuple(
        Hypothesis(f"{item.name}|{rule}|{slug}", i, s, rule, bound, parts <= 1)
        for i, item in enumerate(items)
        for rule, bound in bounds(item)
        for s, slug, parts in places
        if (rule != "gap" or parts) and (rule != "trend" or follows)
    )


def bounds(item: Item) -> Iterator[tuple[Rule, Bound]]:
    """The rules that look at an item, with their bounds.

    A state can be a need, a strength, a gap or a trend; a barrier and a practice are what their names say.
    Options are barriers and practices only, because nothing says which answer of a choice is the good one. At
    the levels of a scale no rule looks: its mean says what they say, and asking again would cost the other
    findings.
    """
    role = item.question.role
    if item.level is not None:
        return
    if role == "state" and item.option is None:
        yield "need", _on_scale(item, NEED_LEVEL, good=False)
        yield "strength", _on_scale(item, STRENGTH_LEVEL, good=True)
        span = item.high - item.low
        for rule, level in _EITHER_WAY.items():
            yield rule, Bound(level.value * span, (level.value + SCALE_MARGIN.value) * span, 0)
    elif role == "barrier":
        share = item.kind == "share"
        yield "barrier", _of_share(BARRIER_LEVEL) if share else _on_scale(item, NEED_LEVEL, good=False)
    elif role == "practice" and item.practice:
        share = item.kind == "share"
        yield (
            "practice",
            _of_share(PRACTICE_LEVEL) if share else _on_scale(item, GOOD_PRACTICE_LEVEL, good=True),
        )


def _of_share(level: Threshold) -> Bound:
    return Bound(level.value, level.value + SHARE_MARGIN.value, 1)


def _on_scale(item: Item, level: Threshold, *, good: bool) -> Bound:
    """A level counted from the bad end of the scale; the finding lies towards the good or the bad end."""
    span, upward = item.high - item.low, (item.question.good == "high") == good
    beyond = level.value + (SCALE_MARGIN.value if good else -SCALE_MARGIN.value)
    from_low = item.question.good == "high"

    def place(share: float) -> float:
        return item.low + span * (share if from_low else 1 - share)

    return Bound(place(level.value), place(beyond), 1 if upward else -1)
