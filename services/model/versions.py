"""Model versions: what a version holds, what changed since the last, and what in it is under review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from services.model.evidence import Table
from services.model.grading import STRENGTHS, Grade, is_weaker
from services.model.outcomes import safe_to_show
from services.model.recommendations import Standing
from services.model.records import Record
from services.model.subjects import Subject
from shared.errors import Refused
from shared.events import AdoptedRecommendation, Certainty, ModelVersionPublished, Text, Value
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


class Version(Value):
    """A published version: it never changes. What is under review is said beside it."""

    number: int = Field(ge=1)
    published_on: date
    changes: Text
    entries: tuple[Entry, ...]

    @property
    def synthetic(self) -> bool:
        """Whether any of it stands on generated answers."""
        return any(entry.synthetic for entry in self.entries)

    def entry(self, key: str) -> Entry | None:
        """The recommendation with this key, if the version has it."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def to_event(self, revision: int, now: datetime, under_review: frozenset[str]) -> ModelVersionPublished:
        """The version as the public sees it, with the marks of today."""
        return ModelVersionPublished(
            revision=revision,
            occurred_at=now,
            number=self.number,
            published_on=self.published_on,
            changes=self.changes,
            recommendations=tuple(_public(entry, entry.key in under_review) for entry in self.entries),
            synthetic=self.synthetic,
        )


class PublishedVersion(Value):
    """A version with what is said about it today. `revision` is that of its last event."""

    content: Version
    revision: int
    published_by: str
    marks: frozenset[str] = frozenset()

    def to_event(self, now: datetime) -> ModelVersionPublished:
        """The version as the public sees it now."""
        return self.content.to_event(self.revision, now, self.marks)


def make_version(adopted: Sequence[Record], earlier: Sequence[Version], today: date) -> Version:
    """The next version: what is adopted now. `earlier` are all versions so far, the oldest first.

    Raises:
        Refused: nothing is adopted, or nothing changed since the last version.
    """
    if not adopted:
        raise Refused("nothing_adopted", "Nothing is adopted yet, so there is nothing to publish.")
    before = earlier[-1] if earlier else None
    entries = in_order(with_safe_outcomes(make_entry(record), earlier) for record in adopted)
    if not differs(entries, before):
        raise Refused("nothing_new", "Nothing has changed since the last version.")
    return Version(
        number=before.number + 1 if before else 1,
        published_on=today,
        changes=describe_changes(entries, before),
        entries=entries,
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


def with_safe_outcomes(entry: Entry, shown: Sequence[Version]) -> Entry:
    """The entry with an outcome summary that may stand beside those of earlier versions (oldest first)."""
    same = (
        earlier.table.outcomes
        for version in shown
        for earlier in version.entries
        if (earlier.subject.topic, earlier.subject.practice) == (entry.subject.topic, entry.subject.practice)
    )
    safe = safe_to_show(entry.table.outcomes, tuple(same))
    return entry.model_copy(update={"table": entry.table.model_copy(update={"outcomes": safe})})


def local_date(moment: datetime) -> date:
    """The date on the region's calendar."""
    return moment.astimezone(REGION_TIME).date()


def marks(version: Version, standings: Mapping[str, Standing]) -> frozenset[str]:
    """Which of its recommendations no longer stand as published: not adopted now, or adopted as weaker."""
    return frozenset(e.key for e in version.entries if not _stands(e, standings.get(e.key)))


def differs(entries: Sequence[Entry], before: Version | None) -> bool:
    """Whether a new version would say anything new."""
    return before is None or [_content(e) for e in entries] != [_content(e) for e in before.entries]


def describe_changes(entries: Sequence[Entry], before: Version | None) -> Text:
    """What changed since the last version, in plain words."""
    old = {e.key: e for e in before.entries} if before else {}
    new = {e.key: e for e in entries}
    parts = (
        _part(ADDED, [e.title for key, e in new.items() if key not in old]),
        _part(REGRADED, [e.title for key, e in new.items() if key in old and _regraded(e, old[key])]),
        _part(REWORDED, [e.title for key, e in new.items() if key in old and e.text != old[key].text]),
        _part(LEFT_OUT, [e.title for key, e in old.items() if key not in new]),
    )
    said = [part for part in parts if part] or [EVIDENCE_ONLY]
    sv = " ".join(part.sv for part in said) if all(part.sv for part in said) else ""
    return Text(fi=" ".join(p.fi for p in said), en=" ".join(p.en for p in said), sv=sv)


ADDED = Text(fi="Uutta", en="New", sv="Nytt")
REGRADED = Text(fi="Vahvuus tai näytön aste muuttui", en="Strength or certainty changed", sv="Ny gradering")
REWORDED = Text(fi="Sanamuoto muuttui", en="Reworded", sv="Ny formulering")
LEFT_OUT = Text(fi="Jätetty pois", en="Left out", sv="Utelämnat")
EVIDENCE_ONLY = Text(
    fi="Suositukset ovat ennallaan, näyttö on päivitetty.",
    en="The recommendations are as before, their evidence was brought up to date.",
    sv="Rekommendationerna är oförändrade, underlaget har uppdaterats.",
)


def _public(entry: Entry, under_review: bool) -> AdoptedRecommendation:
    return AdoptedRecommendation(
        recommendation=entry.key,
        revision=entry.revision,
        topic=entry.subject.topic,
        practice=entry.subject.practice,
        text=entry.text,
        strength=entry.strength,
        certainty=entry.certainty,
        # Outcomes stay out: listing them would tell how many there are.
        evidence=entry.table.insights,
        under_review=under_review,
    )


def _stands(entry: Entry, now: Standing | None) -> bool:
    return now is not None and now.status == "adopted" and not is_weaker(_decided(now), _decided(entry))


def _decided(thing: Standing | Entry) -> Grade:
    return Grade(certainty=thing.certainty, strength=thing.strength, reasons=())


def _regraded(new: Entry, old: Entry) -> bool:
    return _decided(new) != _decided(old)


def _content(entry: Entry) -> tuple[object, ...]:
    outcomes = entry.table.outcomes
    return (entry.key, entry.title, entry.text, _decided(entry), entry.table.insights, outcomes)


def _part(heading: Text, titles: Sequence[Text]) -> Text | None:
    if not titles:
        return None
    sv = f"{heading.sv}: {'; '.join(t.sv for t in titles)}." if all(t.sv for t in titles) else ""
    fi, en = ("; ".join(getattr(t, language) for t in titles) for language in ("fi", "en"))
    return Text(fi=f"{heading.fi}: {fi}.", en=f"{heading.en}: {en}.", sv=sv)
