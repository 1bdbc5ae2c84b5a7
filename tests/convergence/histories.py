"""Histories as the four services would publish them: for each thing its revisions, to the last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from hypothesis import strategies as st

from shared.events import (
    Event,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    ModelVersionPublished,
    OrganisationCoached,
    OutcomeRecorded,
    OutcomeWithdrawn,
    PracticeContributed,
    PracticeContributionWithdrawn,
    PracticePublished,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
    RecommendationRevised,
    StoryPublished,
    StoryWithdrawn,
    SurveyMarkWithdrawn,
)
from shared.events.survey import RetractionReason
from tests.convergence import said

FINDINGS, OUTCOMES, RECOMMENDATIONS = 6, 6, 3
LEAST_STEPS, MOST_STEPS = 2, 4
RULES = ("need", "need", "barrier", "strength", "practice", "gap")


@dataclass(frozen=True)
class Line:
    """All that was ever said of one thing, in order, each revision above the last."""

    events: tuple[Event, ...]

    def only(self, kinds: Iterable[type[Event]]) -> Line:
        """What a service hears of it."""
        heard = tuple(kinds)
        return Line(tuple(event for event in self.events if isinstance(event, heard)))


@st.composite
def finding_lines(draw: st.DrawFn, key: str) -> Line:
    """A finding is released, revised, retracted, released again, and changes its tier, as the survey does it."""
    stays = {
        "rule": draw(st.sampled_from(RULES)),
        "question": draw(st.sampled_from(("q1", "q2"))),
        "round": draw(st.sampled_from(("spring", "autumn"))),
        "segment": draw(st.sampled_from(said.PLACES)),
        "practice": draw(st.sampled_from(("", *said.PRACTICES))),
    }
    topic = draw(st.sampled_from(said.TOPICS))
    told: list[Event] = []
    first = draw(finding_states(topic))
    confirmed, live = draw(st.sampled_from((True, True, False))), False
    for _ in range(draw(st.integers(LEAST_STEPS, MOST_STEPS + 1))):
        step = draw(st.sampled_from(("say", "retract", "switch"))) if live else "say"
        # Often back to what was said first: then all must be as if nothing had happened.
        states = first if draw(st.booleans()) else draw(finding_states(topic))
        if step in ("retract", "switch"):
            reason = draw(st.sampled_from(get_args(RetractionReason)))
            why = {"topic": states["topic"], "round": stays["round"], "reason": reason}
            told.append(said.retraction(confirmed, key, len(told) + 1, **why))
        confirmed = not confirmed if step == "switch" else confirmed
        live = step != "retract"
        if live:
            told.append(said.finding(confirmed, key, len(told) + 1, **stays, **states))
    return Line(tuple(told))


@st.composite
def finding_states(draw: st.DrawFn, topic: str) -> dict[str, Any]:
    """What may change of a finding from revision to revision."""
    return {
        "topic": draw(st.sampled_from((topic, topic, topic, *said.TOPICS))),
        "figure": draw(st.sampled_from((said.FIGURES[0], *said.FIGURES))),
        "certainty": draw(st.sampled_from((said.CERTAINTIES[0], *said.CERTAINTIES))),
        "direction": draw(st.sampled_from(("low", "low", "low", "high"))),
    }


@st.composite
def suggestion_lines(draw: st.DrawFn, key: str) -> Line:
    """An open answer names a practice; the answer may be erased."""
    first = PracticeSuggested(
        revision=1,
        occurred_at=said.at(1),
        suggestion=key,
        text=f"Words of {key}",
        language="fi",
        topic=draw(st.sampled_from(said.TOPICS)),
    )
    gone = PracticeSuggestionWithdrawn(revision=2, occurred_at=said.at(2), suggestion=key)
    return Line((first, gone) if draw(st.booleans()) else (first,))


@st.composite
def contribution_lines(draw: st.DrawFn, key: str) -> Line:
    """A partner's practice is accepted, taken back, and perhaps accepted in another revision."""
    about = {"suggestion": key, "partner": "Kemi", "language": "fi", "title": key, "source": "A visit"}
    told: list[Event] = []
    for number in range(1, draw(st.integers(LEAST_STEPS, MOST_STEPS)) + 1):
        at: dict[str, Any] = {"revision": number, "occurred_at": said.at(number)}
        if told and draw(st.booleans()):
            told.append(PracticeContributionWithdrawn(**at, suggestion=key))
        else:
            more = {"text": f"Words {number}", "topic": draw(st.sampled_from(said.TOPICS))}
            told.append(PracticeContributed.model_validate({**at, **about, **more}))
    return Line(tuple(told))


@st.composite
def practice_lines(draw: st.DrawFn, key: str) -> Line:
    """A practice is published, reworded, withdrawn and published again."""
    states = st.fixed_dictionaries(
        {
            "status": st.sampled_from(("published", "published", "withdrawn")),
            "topics": st.sampled_from((said.TOPICS[:1], said.TOPICS[:2], said.TOPICS[1:])),
        }
    )
    told = draw(st.lists(states, min_size=LEAST_STEPS, max_size=MOST_STEPS))
    told[0] = {**told[0], "status": "published"}
    return Line(tuple(said.practice(key, number, **state) for number, state in enumerate(told, start=1)))


@st.composite
def outcome_lines(draw: st.DrawFn, key: str) -> Line:
    """A follow-up is recorded; it may be taken back."""
    about = {
        "practice": draw(st.sampled_from(said.PRACTICES[:2])),
        "topic": draw(st.sampled_from(said.TOPICS)),
    }
    measured = {"kept": draw(st.booleans()), "after": draw(st.sampled_from((2, 5, 8)))}
    first = said.outcome(key, 1, **about, **measured)
    gone = OutcomeWithdrawn.model_validate(
        {"outcome": key, "revision": 2, "occurred_at": said.at(2), **about}
    )
    return Line((first, gone) if draw(st.booleans()) else (first,))


@st.composite
def recommendation_lines(draw: st.DrawFn, key: str) -> Line:
    """A recommendation is proposed, adopted, put under review, retired, in any turn that experts may take."""
    about = {
        "topic": draw(st.sampled_from(said.TOPICS)),
        "practice": draw(st.sampled_from(("", *said.PRACTICES))),
        "segment": draw(st.sampled_from(said.PLACES)),
    }
    states = st.fixed_dictionaries(
        {
            "status": st.sampled_from(("adopted", "adopted", "under_review", "retired", "proposed")),
            "certainty": st.sampled_from(said.CERTAINTIES),
            "strength": st.sampled_from(("strong", "conditional")),
        }
    )
    told = draw(st.lists(states, min_size=LEAST_STEPS, max_size=MOST_STEPS))
    return Line(
        tuple(
            said.recommendation(key, number, **about, **state) for number, state in enumerate(told, start=1)
        )
    )


@st.composite
def version_lines(draw: st.DrawFn) -> Line:
    """The model is published anew, and its recommendations are marked and unmarked in between."""
    told: list[Event] = []
    number = 1
    for _ in range(draw(st.integers(LEAST_STEPS, MOST_STEPS))):
        holds = draw(st.lists(st.sampled_from(("r0", "r1", "r2")), unique=True, min_size=1))
        inside = [
            said.adopted(
                key,
                topic=said.TOPICS[int(key[1])],
                strength="conditional",
                certainty=draw(st.sampled_from(said.CERTAINTIES)),
                under_review=draw(st.booleans()),
            )
            for key in sorted(holds)
        ]
        told.append(said.version(len(told) + 1, number, *inside))
        number += draw(st.integers(0, 1))
    return Line(tuple(told))


@st.composite
def story_lines(draw: st.DrawFn, key: str) -> Line:
    """A story is told, told in other words, taken back."""
    told: list[Event] = [
        said.story(key, number, f"Words {number} of {key}") for number in range(1, draw(st.integers(2, 3)))
    ]
    if draw(st.booleans()):
        told.append(StoryWithdrawn(revision=len(told) + 1, occurred_at=said.at(len(told) + 1), story=key))
    return Line(tuple(told))


@st.composite
def mark_lines(draw: st.DrawFn, key: str) -> Line:
    """An organisation is coached on more and more; it takes its mark back, and may give it again."""
    told: list[Event] = []
    for gone in draw(st.lists(st.booleans(), min_size=LEAST_STEPS, max_size=MOST_STEPS)):
        about = {"mark": key, "revision": len(told) + 1, "occurred_at": said.at(len(told) + 1)}
        topics = [{"topic": draw(st.sampled_from(said.TOPICS)), "since": "2026-02"}]
        taken_back = gone and told and isinstance(told[-1], OrganisationCoached)
        kind, more = (SurveyMarkWithdrawn, {}) if taken_back else (OrganisationCoached, {"topics": topics})
        told.append(kind.model_validate(about | more))
    return Line(tuple(told))


def lines_of(
    makers: Callable[[str], st.SearchStrategy[Line]], names: Sequence[str]
) -> st.SearchStrategy[list[Line]]:
    """One line for each name."""
    return st.tuples(*(makers(name) for name in names)).map(list)


def names(letter: str, count: int) -> list[str]:
    """`i0`, `i1`, …"""
    return [f"{letter}{number}" for number in range(count)]


@dataclass(frozen=True)
class Told:
    """One kind of thing that a service publishes: the events that may be said of it, and its lines."""

    events: tuple[type[Event], ...]
    lines: st.SearchStrategy[list[Line]]


# What each service publishes, as far as another one listens to it.
TOLD = (
    Told(
        (InsightReleased, InsightRetracted, IndicationReleased, IndicationRetracted),
        lines_of(finding_lines, names("i", FINDINGS)),
    ),
    Told((PracticeSuggested, PracticeSuggestionWithdrawn), lines_of(suggestion_lines, names("s", 2))),
    Told(
        (PracticeContributed, PracticeContributionWithdrawn),
        lines_of(contribution_lines, names("kemi_practice_c", 2)),
    ),
    Told((PracticePublished,), lines_of(practice_lines, said.PRACTICES)),
    Told((OutcomeRecorded, OutcomeWithdrawn), lines_of(outcome_lines, names("o", OUTCOMES))),
    Told((RecommendationRevised,), lines_of(recommendation_lines, names("r", RECOMMENDATIONS))),
    Told((ModelVersionPublished,), version_lines().map(lambda line: [line])),
    Told((OrganisationCoached, SurveyMarkWithdrawn), lines_of(mark_lines, names("m", 3))),
    Told((StoryPublished, StoryWithdrawn), lines_of(story_lines, names("t", 3))),
)


def histories(
    heard: Collection[type[Event]], must: type[Event] | None = None
) -> st.SearchStrategy[list[Line]]:
    """What a service that listens to these events can hear; `must` is surely among it."""
    told = [kind.lines for kind in TOLD if set(kind.events) & set(heard)]

    def as_heard(lines: tuple[list[Line], ...]) -> list[Line]:
        known = (line.only(heard) for kind in lines for line in kind)
        return [line for line in known if line.events]

    def says(lines: list[Line]) -> bool:
        return must is None or any(isinstance(event, must) for line in lines for event in line.events)

    return st.tuples(*told).map(as_heard).filter(says)


def there_and_back(heard: Collection[type[Event]]) -> list[Line]:
    """Lines of three: something, something else, and the first once more under a higher revision."""
    fixed: dict[str, Any] = {
        "rule": "need",
        "question": "q1",
        "round": "spring",
        "segment": {},
        "practice": "",
    }
    was = {"figure": said.FIGURES[0], "certainty": "high", "direction": "low"}
    found = []
    for number, key in enumerate(names("p", 8)):
        about = {**fixed, **was, "topic": said.TOPICS[number % len(said.TOPICS)]}
        moved = said.finding(True, key, 2, **{**about, "figure": said.FIGURES[1]})
        why = {"topic": about["topic"], "round": "spring", "reason": "no_longer_holds"}
        other = moved if number % 3 else said.retraction(True, key, 2, **why)
        found.append(Line((said.finding(True, key, 1, **about), other, said.finding(True, key, 3, **about))))
    about = {"topic": "leadership", "practice": "", "segment": {}, "certainty": "high", "strength": "strong"}
    for key, other in (("r0", "under_review"), ("r1", "retired")):
        states = ("adopted", other, "adopted")
        found.append(
            Line(
                tuple(
                    said.recommendation(key, at, status=one, **about)
                    for at, one in enumerate(states, start=1)
                )
            )
        )
    for key in said.PRACTICES:
        states = ("published", "withdrawn", "published")
        told = (
            said.practice(key, at, status=one, topics=said.TOPICS[:2])
            for at, one in enumerate(states, start=1)
        )
        found.append(Line(tuple(told)))
    return [line for line in (line.only(heard) for line in found) if len(line.events) == 3]
