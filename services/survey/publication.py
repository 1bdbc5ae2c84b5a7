"""Publication: a release worked out whole, from the answers and the releases before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from services.survey.analyses import analyse_counted
from services.survey.counting import Counted
from services.survey.disclosure import judge_release
from services.survey.drift import drift
from services.survey.items import items_of
from services.survey.judging import Case, judge
from services.survey.looks import Look
from services.survey.movements import without_outdated
from services.survey.questionnaires import Questionnaire
from services.survey.releases import Making, Release, empty_release, history, make_release
from services.survey.rounds import Frame, Round
from services.survey.rules import Hypothesis, hypotheses
from services.survey.tallies import CellKey
from services.survey.verdicts import Judged
from services.survey.versions import Earlier, versions
from services.survey.waves import Former, Shown, shown_mean, trends


@dataclass(frozen=True)
class Kept:
    """A release as it is kept: what it published, and what only staff see.

    watermark: the number of the last answer that it counted. judged: verdicts by name of the hypothesis.
    withheld: reason to the places (item, slug of the segment) that have no new figure. weights: of one unit,
    by cell. frame: that it was weighted to. means: by item and slug of the segment, the figures of
    states that it shows, in full.
    """

    release: Release
    look: Look
    watermark: int
    judged: Mapping[str, Judged]
    withheld: Mapping[str, Sequence[tuple[str, str]]]
    weights: Mapping[CellKey, float]
    frame: Frame
    means: Mapping[tuple[str, str], Shown]

    @property
    def earlier(self) -> Earlier:
        """What later releases must know of it."""
        return Earlier(self.watermark, self.weights)


@dataclass(frozen=True)
class Published:
    """A new release with all that insights are told from; `making` is None when no answer is left."""

    kept: Kept
    making: Making | None
    hypotheses: Sequence[Hypothesis]
    drift: Sequence[float]

    @property
    def verdicts(self) -> list[Judged]:
        """The verdicts, in the order of the hypotheses."""
        return [self.kept.judged[hypothesis.name] for hypothesis in self.hypotheses]


@dataclass(frozen=True)
class Wanted:
    """The release that is wanted.

    anew: the hypotheses of which earlier looks count no more, because what they saw was mended. former: the
    round before, if any.
    """

    key: str
    look: Look
    on: date
    anew: Literal["none", "trends", "all"] = "none"
    former: Former | None = None


def publish(
    round_: Round, questionnaire: Questionnaire, counted: Counted, former: Sequence[Kept], wanted: Wanted
) -> Published:
    """Estimate, gate, judge and tabulate.

    Raises:
        CannotWeight: the answers cannot be weighted to the frame.
    """
    if not counted.layers.units:
        return publish_nothing(round_, counted, wanted)
    items, tallies = items_of(questionnaire), counted.layers.live()
    analysis = analyse_counted(round_, counted)
    if wanted.former:
        analysis = replace(analysis, trends=trends(analysis, wanted.former))
    past = versions(counted, round_.frame, [kept.earlier for kept in former])
    before = history([kept.release for kept in former], tallies.items, analysis.segments)
    gate = judge_release(round_.frame, analysis, items, before, past)
    if others := {k.look.number: k.weights for k in former if k.frame.dimensions != round_.frame.dimensions}:
        gate = without_outdated(gate, items, analysis, former[-1].release, others)
    asked = hypotheses(items, analysis.segments, follows=wanted.former is not None)
    again = [wanted.anew == "all" or (wanted.anew, h.rule) == ("trends", "trend") for h in asked]
    case = Case(analysis, items, asked, gate, wanted.look, anew=np.array(again, dtype=bool))
    verdicts = judge(case, former[-1].judged if former else {})
    making = Making(round_, items, analysis, gate, wanted.look)
    release = make_release(making, wanted.key, wanted.on, former[-1].release if former else None)
    judged = {hypothesis.name: verdict for hypothesis, verdict in zip(asked, verdicts, strict=True)}
    weights = dict(zip(tallies.cell_keys, analysis.weights.cell.tolist(), strict=True))
    kept = replace(
        _kept(release, counted, wanted, round_),
        judged=judged,
        withheld=withheld(making),
        weights=weights,
        means=_means(making, former[-1].means if former else {}),
    )
    return Published(kept, making, asked, [float(p) for p in drift(tallies)])


def publish_nothing(round_: Round, counted: Counted, wanted: Wanted) -> Published:
    """A release without figures: no answers are left, or too few to be weighted."""
    nothing = empty_release(round_, wanted.look, wanted.key, wanted.on)
    return Published(_kept(nothing, counted, wanted, round_), None, (), ())


def _kept(release: Release, counted: Counted, wanted: Wanted, round_: Round) -> Kept:
    return Kept(release, wanted.look, counted.watermark, {}, {}, {}, round_.frame, {})


def _means(making: Making, standing: Mapping[tuple[str, str], Shown]) -> dict[tuple[str, str], Shown]:
    """What a round that follows this one compares with."""
    found, fresh = {}, making.gate.fresh
    for i, item in enumerate(making.items):
        for s, segment in enumerate(making.analysis.segments):
            place = (item.name, segment.slug)
            if item.whole and item.question.role == "state" and fresh[i, s]:
                found[place] = shown_mean(making.analysis.means, i, s)
            elif making.gate.stands[i, s] >= 0 and place in standing:
                found[place] = standing[place]
    return found


def withheld(making: Making) -> dict[str, list[tuple[str, str]]]:
    """Reason to the places that have no new figure."""
    places: dict[str, list[tuple[str, str]]] = {}
    for i, item in enumerate(making.items):
        for s, segment in enumerate(making.analysis.segments):
            if (reason := making.gate.verdicts[i, s]) != "fresh":
                places.setdefault(str(reason), []).append((item.name, segment.slug))
    return places
