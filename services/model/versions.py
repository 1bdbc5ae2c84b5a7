"""Model versions: what a version holds, what changed since the last, and what in it is under review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import Field

from services.model.changes import describe_changes, differs
from services.model.entries import Entry, in_order, make_entry, with_safe_outcomes
from services.model.grading import is_weaker
from services.model.recommendations import Standing
from services.model.records import Record
from shared.errors import Refused
from shared.events import ModelVersionPublished, Text, Value


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

    def to_event(self, revision: int, now: datetime, under_review: frozenset[str]) -> ModelVersionPublished:
        """The version as the public sees it, with the marks of today."""
        return ModelVersionPublished(
            revision=revision,
            occurred_at=now,
            number=self.number,
            published_on=self.published_on,
            changes=self.changes,
            recommendations=tuple(
                entry.to_public(under_review=entry.key in under_review) for entry in self.entries
            ),
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
    changes = next_changes(adopted, earlier)
    if changes is None:
        raise Refused("nothing_new", "Nothing has changed since the last version.")
    entries = next_entries(adopted, earlier)
    return Version(number=len(earlier) + 1, published_on=today, changes=changes, entries=entries)


def next_changes(adopted: Sequence[Record], earlier: Sequence[Version]) -> Text | None:
    """What the next version would change; None when it cannot be published yet."""
    if not adopted:
        return None
    entries = next_entries(adopted, earlier)
    before = earlier[-1].entries if earlier else ()
    return describe_changes(entries, before) if differs(entries, before) else None


def next_entries(adopted: Sequence[Record], earlier: Sequence[Version]) -> tuple[Entry, ...]:
    """What the next version would hold."""
    shown = [entry for version in earlier for entry in version.entries]
    return in_order(with_safe_outcomes(make_entry(record), shown) for record in adopted)


def marks(version: Version, standings: Mapping[str, Standing]) -> frozenset[str]:
    """Which of its recommendations no longer stand as published: not adopted now, or adopted as weaker."""
    return frozenset(e.key for e in version.entries if not _stands(e, standings.get(e.key)))


def _stands(entry: Entry, now: Standing | None) -> bool:
    return now is not None and now.status == "adopted" and not is_weaker(now.decided, entry.decided)
