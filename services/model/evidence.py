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
PROPOSING = ("need", "barrier", "practice")


class Row(Value):
    """One finding in an evidence table. Rows of *context* are shown beside the others and never graded."""

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
    """Everything that the other services told about one topic, in any order."""

    topic: Topic
    insights: tuple[InsightReleased, ...] = ()
    indications: tuple[IndicationReleased, ...] = ()
    practices: tuple[PracticePublished, ...] = ()
    outcomes: tuple[OutcomeRecorded, ...] = ()

    def practice(self, code: str) -> PracticePublished | None:
        """A practice in its newest wording, also when it has left the library."""
        return next((p for p in self.practices if p.practice == code), None)

    @cached_property
    def library(self) -> Mapping[str, PracticePublished]:
        """The practices on this topic that are in the library today."""
        return {p.practice: p for p in self.practices if p.status == "published" and self.topic in p.topics}


def table_for(subject: Subject, known: Known) -> Table:
    """The evidence table of `subject`; equal for equal knowledge, however it arrived."""
    rows = (_row(insight, direction_of(insight, subject, known)) for insight in known.insights)
    mine = (o for o in known.outcomes if o.practice == subject.practice)
    return Table(rows=_in_order(row for row in rows if row), outcomes=summarise(tuple(mine)))


def direction_of(insight: InsightReleased, subject: Subject, known: Known) -> Direction | None:
    """Which way a finding points for `subject`; None when it has nothing to say about it.

    Only findings of the same segment count. The rest of the topic is context: the whole region for a
    segment, and for the region the segments in which the same was found.
    """
    if insight.segment == subject.categories:
        return _own_direction(insight, subject, known)
    is_near = subject.is_regional or not insight.segment
    return "context" if is_near and speaks_of(insight, subject) else None


def speaks_of(insight: InsightReleased | IndicationReleased, subject: Subject) -> bool:
    """Whether a finding is about the practice itself or about something that the practice is for."""
    if insight.rule == "practice":
        return bool(subject.practice) and insight.practice == subject.practice
    return insight.rule in PROPOSING and insight.practice in ("", subject.practice)


def background(subject: Subject, known: Known) -> tuple[IndicationReleased, ...]:
    """Indications for the experts to know of. They are never rows of the table and never graded."""
    confirmed = {insight.insight for insight in known.insights}
    near = (
        i
        for i in known.indications
        if i.segment in ({}, subject.categories) and speaks_of(i, subject) and i.insight not in confirmed
    )
    return tuple(sorted(near, key=lambda i: i.insight))


def _own_direction(insight: InsightReleased, subject: Subject, known: Known) -> Direction | None:
    if insight.rule == "practice":
        found_good = insight.direction == "high"
        return ("supports" if found_good else "against") if speaks_of(insight, subject) else None
    if insight.rule == "strength":
        return "against" if _contradicts_a_need(insight, known) else "context"
    if insight.rule in PROPOSING:
        return "supports" if speaks_of(insight, subject) else None
    return "context"


def _contradicts_a_need(strength: InsightReleased, known: Known) -> bool:
    """The same question in the same segment was a need in another round."""
    return any(
        other.rule in ("need", "barrier")
        and other.question == strength.question
        and other.segment == strength.segment
        for other in known.insights
    )


def _row(insight: InsightReleased, direction: Direction | None) -> Row | None:
    if direction is None:
        return None
    return Row.model_validate(insight.model_dump() | {"direction": direction})


def _in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    order = ("supports", "against", "context")
    return tuple(sorted(rows, key=lambda row: (order.index(row.direction), row.insight)))
