"""Explaining: why each rule of a release fired, or did not, in each segment."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.survey.figures import n_band, rounded_figure
from services.survey.items import Item
from services.survey.looks import discoveries
from services.survey.numerals import Told, say, short
from services.survey.publication import Kept
from services.survey.reasons import DETAILS, REASONS, SIDES, Why
from services.survey.rounds import Frame, Round
from services.survey.rules import Hypothesis, hypotheses
from services.survey.segments import Segment, declared_segments, segment_label
from services.survey.thresholds import (
    FALSE_DISCOVERY_RATE,
    INDICATION_LEVEL,
    LEAST_ON_A_SIDE,
    LEAST_ON_A_SIDE_SMALL,
    LEAST_UNITS,
    SMALL_POPULATION,
    K,
)
from services.survey.verdicts import Judged
from shared.events import Figure, Text, Value

_INDICATIONS = ("indicated", "covered")


class Explanation(Value):
    """One rule asked of one item in one segment: what was found, and what came of it.

    reasons: why, and `held` where a former figure was judged. figure: as it would be published, none where it
    is withheld. null: the bound that is tested, in the figure's unit. p: of this look; adjusted: the smallest
    p / share so far, which the false-discovery procedure compares with `needed`. release: whose figure was
    judged.
    """

    hypothesis: str
    item: str
    question: str
    question_text: Text
    rule: str
    segment: dict[str, str]
    segment_label: Text
    reasons: tuple[str, ...]
    why: Text
    detail: Text | None
    figure: Figure | None
    null: float
    n_band: str | None
    p: float
    adjusted: float
    needed: float
    held: bool
    release: int


@dataclass(frozen=True)
class Asked:
    """Which verdicts are wanted; what is empty leaves all. segment: its code, such as `size=1-9`."""

    question: str = ""
    rule: str = ""
    segment: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """One rule asked of one item in one segment, and the answer."""

    hypothesis: Hypothesis
    item: Item
    segment: Segment
    judged: Judged

    @property
    def reasons(self) -> tuple[Why, ...]:
        """Why: the reason, and before it `held` where a former figure was judged."""
        return ("held", self.judged.reason) if self.judged.held else (self.judged.reason,)

    @property
    def times(self) -> float:
        """What the item's values are multiplied by to be told: shares are told in per cent."""
        return 100.0 if self.item.kind == "share" else 1.0


def verdicts(kept: Kept, round_: Round, items: Sequence[Item]) -> list[Verdict]:
    """All verdicts of a release, in the order of the questions."""
    segments = declared_segments(round_)
    return [
        Verdict(one, items[one.item], segments[one.segment], kept.judged[one.name])
        for one in hypotheses(items, segments, follows=round_.follows is not None)
        if one.name in kept.judged
    ]


def choose(found: Iterable[Verdict], asked: Asked) -> list[Verdict]:
    """Those that are wanted."""
    return [one for one in found if _is_wanted(one, asked)]


def count_reasons(found: Iterable[Verdict]) -> Counter[Why]:
    """How many verdicts have each reason."""
    return Counter(reason for one in found for reason in one.reasons)


def count_discoveries(found: Sequence[Verdict]) -> int:
    """How many hypotheses of a release pass the false-discovery procedure (Benjamini & Hochberg 1995)."""
    least = np.array([one.judged.least for one in found if one.hypothesis.tested])
    return int(discoveries(least, FALSE_DISCOVERY_RATE.value).sum())


def least_needed(found: Sequence[Verdict]) -> float:
    """How small p / share must be for one more to be confirmed at a release."""
    tested = sum(one.hypothesis.tested for one in found)
    return FALSE_DISCOVERY_RATE.value * min(count_discoveries(found) + 1, tested) / max(tested, 1)


def explain(found: Iterable[Verdict], frame: Frame, needed: float) -> Iterator[Explanation]:
    """Verdicts in words. needed: the p / share that confirms."""
    for one in found:
        judged, figure = one.judged, figure_of(one)
        withheld = judged.reason == "suppressed" or not judged.units >= K.value
        yield Explanation(
            hypothesis=one.hypothesis.name,
            item=one.item.name,
            question=one.item.question.code,
            question_text=one.item.text,
            rule=one.hypothesis.rule,
            segment=one.segment.categories,
            segment_label=segment_label(frame, one.segment),
            reasons=one.reasons,
            why=_why(one),
            detail=_detail(one, figure, frame, needed),
            figure=figure,
            null=one.times * one.hypothesis.bound.null,
            n_band=None if withheld else n_band(judged.units),
            p=judged.p,
            adjusted=judged.least,
            needed=needed,
            held=judged.held,
            release=judged.release,
        )


def figure_of(verdict: Verdict) -> Figure | None:
    """The figure that was judged, rounded as it would be published; of an indication the shrunk one."""
    judged, gap = verdict.judged, verdict.hypothesis.bound.sign == 0
    indicated = judged.reason in _INDICATIONS
    ends = judged.shrunk if indicated else judged.figure
    known = all(math.isfinite(end) for end in (ends.value, ends.low, ends.high))
    if not known or judged.reason == "suppressed" or not judged.units >= K.value:
        return None
    level = INDICATION_LEVEL.value if indicated else 0.95
    return rounded_figure(verdict.item, ends, judged.units, level=level, gap=gap)


def bound_in_words(one: Verdict) -> Text:
    """Where the rule's finding begins, with its margin."""
    bound = one.hypothesis.bound
    return say(SIDES[bound.sign], {"null": one.times * bound.null})


def _is_wanted(one: Verdict, asked: Asked) -> bool:
    return (
        asked.question in ("", one.item.question.code, one.item.name)
        and asked.rule in ("", one.hypothesis.rule)
        and asked.segment in ("", one.segment.code)
        and asked.reason in ("", *one.reasons)
    )


def _why(one: Verdict) -> Text:
    words = [REASONS[reason] for reason in one.reasons]
    return Text(**{code: "; ".join(word.in_language(code) for word in words) for code in ("fi", "en", "sv")})


def _detail(one: Verdict, figure: Figure | None, frame: Frame, needed: float) -> Text | None:
    template = DETAILS.get(one.judged.reason)
    if template is None or (figure is None and one.judged.reason != "too_few"):
        return None
    small = frame.size <= SMALL_POPULATION.value
    told: dict[str, Told] = {
        "bound": bound_in_words(one),
        "p": short(one.judged.p),
        "least": short(one.judged.least),
        "needed": short(needed),
        "band": n_band(one.judged.units),
        "side": (LEAST_ON_A_SIDE_SMALL if small else LEAST_ON_A_SIDE).value,
        "units": LEAST_UNITS.value,
    }
    if figure is not None:
        told |= {"value": figure.estimate, "low": figure.low, "high": figure.high}
    return say(template, told)
