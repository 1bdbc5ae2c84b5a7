"""Survey marks: by which the survey learns that an organisation was coached, and not which one it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from services.coaching.actions import Action
from shared.errors import Invalid
from shared.events import CoachedTopic, OrganisationCoached, SurveyMarkWithdrawn, Value

_SYMBOLS = "[0-9A-HJKMNP-TV-Z]{4}"
_MARK = re.compile(f"{_SYMBOLS}-{_SYMBOLS}-{_SYMBOLS}")
_RECEIPT_LENGTH = 16


class KeptMark(Value):
    """An organisation's mark, and what the survey was last told of it; revision 0: nothing yet."""

    mark: str
    revision: int = Field(default=0, ge=0)
    topics: tuple[CoachedTopic, ...] = ()

    def told(self, topics: tuple[CoachedTopic, ...]) -> KeptMark:
        """The same after another telling."""
        return self.model_copy(update={"topics": topics, "revision": self.revision + 1})


def read_mark(written: str) -> str:
    """A mark however it was written down.

    Raises:
        Invalid: it is none; a receipt, which could erase an answer, is refused with a warning.
    """
    plain = re.sub(r"[\s-]", "", written.upper())
    if len(plain) == _RECEIPT_LENGTH:
        raise Invalid(
            "receipt_not_mark",
            "This is a receipt, not a survey mark. It could erase an answer: give it back and keep no copy.",
        )
    mark = "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))
    if not _MARK.fullmatch(mark):
        raise Invalid("not_a_mark", "A survey mark has 12 letters and digits, in three groups of four.")
    return mark


def coached_topics(actions: Iterable[Action]) -> tuple[CoachedTopic, ...]:
    """On what an organisation was coached: the topics of all that was agreed, each since its first month."""
    since: dict[str, str] = {}
    for action in actions:
        month = f"{action.agreed_on:%Y-%m}"
        since[action.topic] = min(since.get(action.topic, month), month)
    return tuple(CoachedTopic.model_validate({"topic": t, "since": since[t]}) for t in sorted(since))


def coached(kept: KeptMark, now: datetime) -> OrganisationCoached:
    """The event that tells of it; it names no organisation."""
    return OrganisationCoached(revision=kept.revision, occurred_at=now, mark=kept.mark, topics=kept.topics)


def withdrawn(kept: KeptMark, now: datetime) -> SurveyMarkWithdrawn:
    """The event that takes it back."""
    return SurveyMarkWithdrawn(revision=kept.revision, occurred_at=now, mark=kept.mark)
