"""Entries of a model version: an adopted recommendation, frozen with the evidence of that day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.model.evidence import Table
from services.model.grading import STRENGTHS, Grade
from services.model.outcomes import safe_to_show
from services.model.records import Record
from services.model.subjects import Subject
from shared.events import AdoptedRecommendation, Certainty, Text, Value
from shared.events.model import Strength
from shared.vocabulary import vocabulary

REGION_TIME = ZoneInfo("Europe/Helsinki")


class Entry(Value):
    """One recommendation as a version words it, with the evidence table of that day."""

    subject: Subject
    revision: int
    title: Text
    text: Text
    segment_label: Text
    strength: Strength
    certainty: Certainty
    grade: Grade
    table: Table
    adopted_on: date
    synthetic: bool

    @property
    def key(self) -> str:
        """Of the subject."""
        return self.subject.key

    @property
    def decided(self) -> Grade:
        """The strength and certainty that it was adopted with."""
        return Grade(certainty=self.certainty, strength=self.strength, reasons=())

    def to_public(self, *, under_review: bool) -> AdoptedRecommendation:
        """As the version's event says it."""
        return AdoptedRecommendation(
            recommendation=self.key,
            revision=self.revision,
            topic=self.subject.topic,
            practice=self.subject.practice,
            text=self.text,
            strength=self.strength,
            certainty=self.certainty,
            # Outcomes stay out: listing them would tell how many there are.
            evidence=self.table.insights,
            under_review=under_review,
        )


def make_entry(record: Record) -> Entry:
    """An adopted recommendation as it is now."""
    fields = record.standing.model_dump(include=set(Entry.model_fields))
    adopted_at = record.decision.at if record.decision else record.status_since
    dated = {"revision": record.revision, "adopted_on": local_date(adopted_at)}
    return Entry.model_validate(fields | dated)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """By topic as the vocabulary has them, the strongest first, then by title."""
    topics = [topic.code for topic in vocabulary().topics]
    return tuple(
        sorted(
            entries,
            key=lambda e: (
                topics.index(e.subject.topic),
                -STRENGTHS.index(e.strength),
                e.title.fi,
                e.key,
            ),
        )
    )


def with_safe_outcomes(entry: Entry, shown: Iterable[Entry]) -> Entry:
    """The entry with an outcome summary that may stand beside those shown before (oldest first)."""
    same = (one.table.outcomes for one in shown if one.subject.practice == entry.subject.practice)
    safe = safe_to_show(entry.table.outcomes, tuple(same))
    return entry.model_copy(update={"table": entry.table.model_copy(update={"outcomes": safe})})


def local_date(moment: datetime) -> date:
    """The date on the region's calendar."""
    return moment.astimezone(REGION_TIME).date()
