"""What the coaching service publishes."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from shared.events.base import Event, Evidence, Key, Text, Topic, Value


class PracticePublished(Event):
    """A practice of the library in its newest wording, or taken out of it.

    Published when the editors of the library add a practice, word it anew or take it out; then its
    status is `withdrawn`, and no other event says so.
    """

    SUBJECT: ClassVar[str] = "latu.public.coaching.practice_published.v1.<practice>"
    practice: Key = Field(description="The practice.")
    status: Literal["published", "withdrawn"] = Field(
        description="Whether it is in the library or taken out."
    )
    title: Text = Field(description="Its name.")
    summary: Text = Field(description="What a workplace does, in a few sentences.")
    topics: tuple[Topic, ...] = Field(description="The topics that it helps with.")


class OutcomeRecorded(Event):
    """A follow-up measured what happened after a practice was tried. It names no organisation."""

    SUBJECT: ClassVar[str] = "latu.internal.coaching.outcome_recorded.v1.<outcome>"
    outcome: Key
    practice: Key
    topic: Topic
    kept: bool = Field(description="Whether the practice is still in use.")
    before: float = Field(ge=0, le=10, description="Self-assessed state before, 0–10.")
    after: float = Field(ge=0, le=10, description="Self-assessed state at follow-up, 0–10.")
    measured_on: str = Field(description="Month of the follow-up, YYYY-MM.")
    evidence: tuple[Evidence, ...] = Field(default=(), description="What the advice stood on.")


class OutcomeWithdrawn(Event):
    """An outcome was recorded by mistake or its organisation withdrew."""

    SUBJECT: ClassVar[str] = "latu.internal.coaching.outcome_withdrawn.v1.<outcome>"
    outcome: Key
    practice: Key
    topic: Topic


class CoachedTopic(Value):
    """A topic on which an organisation has agreed to act, and since when."""

    topic: Topic
    since: str = Field(description="Month of the visit, YYYY-MM.")


class OrganisationCoached(Event):
    """An organisation that gave its coach its survey mark was coached on these topics.

    Later answers of its people are no independent confirmation of what it was coached on. The mark tells the
    survey under which pseudonym the answers are kept; it tells nobody else anything.
    """

    SUBJECT: ClassVar[str] = "latu.internal.coaching.organisation_coached.v1.<mark>"
    mark: Key
    topics: tuple[CoachedTopic, ...]


class SurveyMarkWithdrawn(Event):
    """An organisation took its survey mark back: forget that it was coached."""

    SUBJECT: ClassVar[str] = "latu.internal.coaching.survey_mark_withdrawn.v1.<mark>"
    mark: Key


class PlaybookItem(Value):
    """One piece of advice with what it stands on."""

    item: Key
    practice: Key
    topic: Topic
    rank: int
    status: Literal["active", "suspended"]
    evidence: tuple[Evidence, ...]


class PlaybookRemade(Event):
    """The advice for one organisation changed because its evidence did. The key is a pseudonym."""

    SUBJECT: ClassVar[str] = "latu.internal.coaching.playbook_remade.v1.<playbook>"
    playbook: Key
    items: tuple[PlaybookItem, ...]
