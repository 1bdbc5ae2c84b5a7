"""What anybody may read of a model version: its figures and today's marks, never which outcomes it knew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from services.model.entries import Entry, local_date
from services.model.evidence import Row
from services.model.grading import is_weaker
from services.model.outcomes import OutcomeSummary, Verdict
from services.model.records import Record
from services.model.versions import PublishedVersion
from shared.events import Certainty, Figure, Key, Text, Topic, Value
from shared.events.model import Strength

Now = Literal["stands", "under_review", "retired", "regraded"]


class ReadOutcomes(Value):
    """Follow-ups in sum; `n_band` is `few` while no figure may be made of them."""

    n_band: str
    kept: Figure | None = Field(description="Share that kept the practice, per cent.")
    change: Figure | None = Field(description="Mean change of the self-assessed state, points on 0–10.")
    verdict: Verdict
    newest: str = Field(description="Month of the newest follow-up, YYYY-MM.")


class ReadRecommendation(Value):
    """A recommendation as a version words it, with its evidence and where it stands today."""

    key: Key
    revision: int
    topic: Topic
    practice: str
    segment: dict[str, str]
    segment_label: Text
    title: Text
    text: Text
    strength: Strength
    certainty: Certainty
    reasons: tuple[Text, ...] = Field(description="How the rules came to certainty and strength.")
    evidence: tuple[Row, ...]
    outcomes: ReadOutcomes | None
    adopted_on: date
    synthetic: bool
    now: Now = Field(description="`stands`, or why it no longer stands as published.")
    under_review: bool = Field(description="True unless it stands.")
    now_since: date | None
    review_reasons: tuple[Text, ...] = ()


class ReadVersion(Value):
    """A version of the employer-driven remote-work model."""

    number: int
    published_on: date
    changes: Text
    synthetic: bool
    recommendations: tuple[ReadRecommendation, ...]


def read_version(published: PublishedVersion, records: Mapping[str, Record]) -> ReadVersion:
    """A version with the marks of today; `records` are its recommendations as they are now."""
    content = published.content
    return ReadVersion(
        number=content.number,
        published_on=content.published_on,
        changes=content.changes,
        synthetic=content.synthetic,
        recommendations=tuple(read_entry(entry, records.get(entry.key)) for entry in content.entries),
    )


def read_entry(entry: Entry, record: Record | None) -> ReadRecommendation:
    """An entry as anybody may read it."""
    now = now_of(entry, record)
    fields = entry.model_dump(exclude={"subject", "grade", "table"})
    read = {
        "key": entry.key,
        "topic": entry.subject.topic,
        "practice": entry.subject.practice,
        "segment": entry.subject.categories,
        "reasons": entry.grade.reasons,
        "evidence": entry.table.rows,
        "outcomes": read_outcomes(entry.table.outcomes),
        "now": now,
        "under_review": now != "stands",
        "now_since": local_date(record.status_since) if record and now != "stands" else None,
        "review_reasons": record.standing.review_reasons if record else (),
    }
    return ReadRecommendation.model_validate(fields | read)


def read_outcomes(summary: OutcomeSummary | None) -> ReadOutcomes | None:
    """A summary without the references behind it."""
    return None if summary is None else ReadOutcomes.model_validate(summary.model_dump())


def now_of(entry: Entry, record: Record | None) -> Now:
    """Where a published recommendation stands today."""
    if record is None or record.standing.status == "retired":
        return "retired"
    if record.standing.status != "adopted":
        return "under_review"
    return "regraded" if is_weaker(record.standing.decided, entry.decided) else "stands"
