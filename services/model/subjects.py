"""What a recommendation is about: a topic, a practice or none, and a segment; its key follows from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Self

from shared.events import Topic, Value


class Subject(Value):
    """Two recommendations about the same thing are the same recommendation, whatever came first."""

    topic: Topic
    practice: str = ""
    segment: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, topic: Topic, practice: str, segment: Mapping[str, str]) -> Self:
        """The subject with its segment in one fixed order."""
        return cls(topic=topic, practice=practice, segment=tuple(sorted(segment.items())))

    @property
    def key(self) -> str:
        """`wellbeing-` and 16 hex digits; the same on every machine and after every replay."""
        name = json.dumps([self.topic, self.practice, self.segment], ensure_ascii=False)
        return f"{self.topic}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    @property
    def is_regional(self) -> bool:
        """Whether it speaks to the whole region."""
        return not self.segment

    @property
    def categories(self) -> dict[str, str]:
        """The segment as events carry it."""
        return dict(self.segment)
