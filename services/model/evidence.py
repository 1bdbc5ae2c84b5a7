"""Evidence tables: every confirmed finding that speaks for or against a recommendation, and the outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Literal

from services.model.outcomes import OutcomeSummary, summarise
from services.model.subjects import Subject
from shared.events import (
    Certainty,
    Evidence,
    Figure,
    IndicationReleased,
    InsightReleased,
    Key,
    OutcomeRecorded,
    PracticePublished,
    Text,
    Topic,
    Value,
)

Direction = Literal["supports", "against", "context"]
Finding = InsightReleased | IndicationReleased
NEEDS = ("need", "barrier")


class Row(Value):
    """One finding in an evidence table. Rows of *context* are shown beside the others and never graded.

    coached: many of those behind it had been coached on its topic; it repeats nothing independently.
    """

    insight: Key
    revision: int
    direction: Direction
    rule: str
    question: str
    question_text: Text
    sentence: Text
    figure: Figure
    certainty: Certainty
    segment_label: Text
    round: Key
    round_title: Text
    released_on: date
    unit: str
    synthetic: bool
    coached: bool = False


class Table(Value):
    """What a recommendation stands on."""

    rows: tuple[Row, ...] = ()
    outcomes: OutcomeSummary | None = None

    def of(self, direction: Direction) -> tuple[Row, ...]:
        """The rows that point one way."""
        return tuple(row for row in self.rows if row.direction == direction)

    @property
    def insights(self) -> tuple[Evidence, ...]:
        """References to the findings that count, in order of key."""
        counted = (row for row in self.rows if row.direction != "context")
        refs = (Evidence(kind="insight", key=row.insight, revision=row.revision) for row in counted)
        return tuple(sorted(refs, key=lambda ref: ref.key))

    @property
    def references(self) -> tuple[Evidence, ...]:
        """References to the findings that count and to each outcome; for our own services only."""
        return self.insights + (self.outcomes.behind if self.outcomes else ())

    @property
    def synthetic(self) -> bool:
        """Whether any of its findings was made from generated answers."""
        return any(row.synthetic for row in self.rows)


class Known(Value):
    """Everything that the other services told, in any order."""

    insights: tuple[InsightReleased, ...] = ()
    indications: tuple[IndicationReleased, ...] = ()
    practices: tuple[PracticePublished, ...] = ()
    outcomes: tuple[OutcomeRecorded, ...] = ()

    @cached_property
    def named(self) -> Mapping[str, PracticePublished]:
        """Every practice ever heard of in its newest wording, also when it has left the library."""
        return {p.practice: p for p in self.practices}

    @cached_property
    def library(self) -> Mapping[str, PracticePublished]:
        """The practices that are in the library today."""
        return {code: p for code, p in self.named.items() if p.status == "published"}

    def serving(self, topic: Topic) -> frozenset[str]:
        """The practices of the library that are for this topic."""
        return frozenset(code for code, p in self.library.items() if topic in p.topics)

    def near(self, subject: Subject) -> tuple[InsightReleased, ...]:
        """The findings that share the subject's topic or practice; all others have nothing to say of it."""
        found = (*self._by_topic.get(subject.topic, ()), *self._by_practice.get(subject.practice, ()))
        return tuple({insight.insight: insight for insight in found}.values())

    @cached_property
    def needed(self) -> frozenset[tuple[str, frozenset[tuple[str, str]]]]:
        """Question and segment of every need and barrier."""
        return frozenset(_place(i) for i in self.insights if i.rule in NEEDS)

    @cached_property
    def _by_topic(self) -> Mapping[str, list[InsightReleased]]:
        return _grouped((i.topic, i) for i in self.insights)

    @cached_property
    def _by_practice(self) -> Mapping[str, list[InsightReleased]]:
        return _grouped((i.practice, i) for i in self.insights if i.practice)


def table_for(subject: Subject, known: Known) -> Table:
    """The evidence table of `subject`; equal for equal knowledge, however it arrived."""
    rows = (_row(insight, direction_of(insight, subject, known)) for insight in known.near(subject))
    # What was tried is the practice: its follow-ups count under every topic that it is recommended for.
    tried = tuple(o for o in known.outcomes if o.practice == subject.practice)
    return Table(rows=_in_order(row for row in rows if row), outcomes=summarise(tried))


def targets(finding: Finding, known: Known) -> frozenset[tuple[Topic, str]]:
    """Topic and practice of what a need or barrier speaks for.

    It speaks for the practice that its question names, under its own topic where the practice is for that,
    else under the practice's first one. Otherwise it speaks for every practice for its topic, and where
    there is none, for talking about the topic.
    """
    practice = known.named.get(finding.practice)
    own = frozenset({(topic_under(finding.topic, practice), practice.practice)} if practice else ())
    if finding.practice in known.library:
        return own
    return own | {(finding.topic, code) for code in known.serving(finding.topic) or {""}}


def topic_under(topic: Topic, practice: PracticePublished) -> Topic:
    """The topic under which a finding on `topic` speaks for a practice."""
    return topic if topic in practice.topics or not practice.topics else practice.topics[0]


def direction_of(insight: InsightReleased, subject: Subject, known: Known) -> Direction | None:
    """Which way a finding points for `subject`; None when it has nothing to say about it.

    Only findings of the same segment count. The others are context: the whole region for a segment, and
    for the region the segments in which the same was found.
    """
    if insight.segment == subject.categories:
        return _own_direction(insight, subject, known)
    is_near = subject.is_regional or not insight.segment
    return "context" if is_near and speaks_of(insight, subject, known) else None


def speaks_of(finding: Finding, subject: Subject, known: Known) -> bool:
    """Whether a finding is about the practice itself or about something that the subject is for."""
    if finding.rule == "practice":
        return bool(subject.practice) and finding.practice == subject.practice
    if finding.rule not in NEEDS:
        return False
    if not subject.practice:
        return finding.topic == subject.topic
    return (subject.topic, subject.practice) in targets(finding, known)


def background(subject: Subject, known: Known) -> tuple[IndicationReleased, ...]:
    """Indications for the experts to know of. They are never rows of the table and never graded."""
    confirmed = {insight.insight for insight in known.insights}
    near = (
        i
        for i in known.indications
        if i.segment in ({}, subject.categories)
        and speaks_of(i, subject, known)
        and i.insight not in confirmed
    )
    return tuple(sorted(near, key=lambda i: i.insight))


def _own_direction(insight: InsightReleased, subject: Subject, known: Known) -> Direction | None:
    if insight.rule == "practice":
        found_good = insight.direction == "high"
        return ("supports" if found_good else "against") if speaks_of(insight, subject, known) else None
    if insight.rule in NEEDS:
        return "supports" if speaks_of(insight, subject, known) else None
    # The same question was a need in another round: now it speaks against it.
    return "against" if insight.rule == "strength" and _place(insight) in known.needed else "context"


def _place(insight: InsightReleased) -> tuple[str, frozenset[tuple[str, str]]]:
    return insight.question, frozenset(insight.segment.items())


def _grouped(pairs: Iterable[tuple[str, InsightReleased]]) -> dict[str, list[InsightReleased]]:
    found: dict[str, list[InsightReleased]] = {}
    for key, insight in pairs:
        found.setdefault(key, []).append(insight)
    return found


def _row(insight: InsightReleased, direction: Direction | None) -> Row | None:
    if direction is None:
        return None
    return Row.model_validate(insight.model_dump() | {"direction": direction})


def _in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    order = ("supports", "against", "context")
    return tuple(sorted(rows, key=lambda row: (order.index(row.direction), row.insight)))
