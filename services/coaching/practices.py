"""The practice library: what a workplace can do, in its newest wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, ValidationError

from shared.errors import Invalid
from shared.events import Key, PracticePublished, Text, Topic, Value

Effort = Literal["low", "medium", "high"]
PracticeKey = Key


class Wording(Value):
    """What an editor writes about a practice. The first topic is the one that it is mostly about."""

    title: Text
    summary: Text
    first_steps: tuple[Text, ...] = Field(min_length=1, max_length=10)
    topics: tuple[Topic, ...] = Field(min_length=1)
    effort: Effort


class Practice(Wording):
    """A practice with its key, its status and a revision that grows with every change."""

    practice: PracticeKey
    status: Literal["published", "withdrawn"] = "published"
    revision: int = Field(default=1, ge=1)

    @property
    def wording(self) -> Wording:
        """What can be edited."""
        return Wording.model_validate(self.model_dump())


def read_library(data: Mapping[str, Any]) -> tuple[Practice, ...]:
    """The practices of a library file: `{key: {title, summary, first_steps, topics, effort}}`.

    Raises:
        Invalid: an entry is not a practice; says which and where.
    """
    return tuple(_entry(key, fields) for key, fields in data.items())


def _entry(key: str, fields: Mapping[str, Any]) -> Practice:
    try:
        return Practice.model_validate({**fields, "practice": key})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Invalid("bad_library", f"The practice {key} of the library is not complete: {where}.") from None


def reword(practice: Practice, wording: Wording) -> Practice | None:
    """The practice with a new wording, published; nothing when that changes nothing."""
    if practice.status == "published" and practice.wording == wording:
        return None
    return Practice(
        **dict(wording), practice=practice.practice, status="published", revision=practice.revision + 1
    )


def withdraw(practice: Practice) -> Practice | None:
    """The practice taken out of the library; nothing when it already is."""
    if practice.status == "withdrawn":
        return None
    return practice.model_copy(update={"status": "withdrawn", "revision": practice.revision + 1})


def announcement(practice: Practice, now: datetime) -> PracticePublished:
    """The event that tells of the practice as it is now."""
    return PracticePublished(
        revision=practice.revision,
        occurred_at=now,
        practice=practice.practice,
        status=practice.status,
        title=practice.title,
        summary=practice.summary,
        topics=practice.topics,
    )


def key_from(title: str) -> str:
    """A key made of a title: `Etäpäivät sovitaan yhdessä` gives `etapaivat-sovitaan-yhdessa`.

    Raises:
        Invalid: the title has no letter or digit to make one of.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")
    if not key:
        raise Invalid("no_key", "The title needs at least one letter or digit.")
    return key


def steps_from(lines: Mapping[str, str]) -> tuple[Text, ...]:
    """First steps written one a line in each language.

    Raises:
        Invalid: Finnish and English differ in number, or Swedish is there and differs.
    """
    finnish, english, swedish = (_lines(lines.get(language, "")) for language in ("fi", "en", "sv"))
    if len(finnish) != len(english) or len(swedish) not in (0, len(finnish)):
        raise Invalid("steps_differ", "The first steps must be as many in each language, one on a line.")
    swedish = swedish or [""] * len(finnish)
    return tuple(Text(fi=fi, en=en, sv=sv) for fi, en, sv in zip(finnish, english, swedish, strict=True))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def published(practices: Sequence[Practice]) -> tuple[Practice, ...]:
    """Those that may be advised, by key."""
    return tuple(sorted((p for p in practices if p.status == "published"), key=lambda p: p.practice))
