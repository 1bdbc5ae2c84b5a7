"""What the survey service publishes."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.events.base import Certainty, Event, Figure, Key, Text, Topic

Rule = Literal["need", "strength", "gap", "trend", "barrier", "practice"]
RetractionReason = Literal[
    "erased", "import_undone", "frame_corrected", "no_longer_holds", "demoted", "promoted"
]


class _Finding(Event):
    insight: Key = Field(description="The same finding keeps its key over revisions.")
    status: Literal["released", "revised"]
    round: Key
    round_title: Text
    question: str = Field(description="Code of the question in its questionnaire.")
    question_text: Text
    topic: Topic
    rule: Rule
    segment: dict[str, str] = Field(description="Dimension to category; empty means the whole region.")
    segment_label: Text
    direction: Literal["low", "high"] = Field(description="Which way it points on the question's scale.")
    good: Literal["low", "high"] = Field(default="high", description="The good end of the question's scale.")
    practice: str = Field(default="", description="Code of the practice that the question is about, if any.")
    sentence: Text = Field(description="The finding in plain words, with its interval.")
    figure: Figure
    certainty: Certainty
    release: Key
    release_number: int
    released_on: date
    answers_hash: str = Field(description="Keyed hash of the answers behind the figure.")
    unit: Literal["organisation", "person"]
    method: str = Field(description="How the figure and its interval were made.")
    assumptions: tuple[Text, ...] = Field(default=(), description="What the figure takes for granted.")
    synthetic: bool = Field(default=False, description="True when the answers were generated, not given.")
    coached: bool = Field(
        default=False,
        description="True when many of those behind the figure had been coached on its topic before they "
        "answered: it is no independent confirmation of what was found before.",
    )


class InsightReleased(_Finding):
    """A finding was confirmed on a released figure, or its statement materially changed.

    Held by the false-discovery rate of its round, it may become recommendation evidence, theme and post.
    """

    SUBJECT: ClassVar[str] = "latu.public.survey.insight_released.v1.<insight>"
    tier: Literal["confirmed"] = "confirmed"


class IndicationReleased(_Finding):
    """A finding points somewhere but is not confirmed: for playbooks and staff only, never for a post."""

    SUBJECT: ClassVar[str] = "latu.internal.survey.indication_released.v1.<insight>"
    tier: Literal["indication"] = "indication"


class _Retraction(Event):
    insight: Key
    round: Key
    topic: Topic
    reason: RetractionReason


class InsightRetracted(_Retraction):
    """A confirmed finding no longer holds; whatever stood on it must react."""

    SUBJECT: ClassVar[str] = "latu.public.survey.insight_retracted.v1.<insight>"


class IndicationRetracted(_Retraction):
    """An indication no longer holds."""

    SUBJECT: ClassVar[str] = "latu.internal.survey.indication_retracted.v1.<insight>"


class ReleasePublished(Event):
    """An immutable table of estimates passed the release gate; its figures are in the open data."""

    SUBJECT: ClassVar[str] = "latu.public.survey.release_published.v1.<release>"
    release: Key
    round: Key
    round_title: Text
    number: int = Field(ge=1, description="Counts the releases of the round.")
    content_hash: str = Field(description="SHA-256 of the released table.")
    figures: int = Field(description="How many figures it holds.")
    insights: int = Field(description="How many confirmed insights stand after it.")
    unit: Literal["organisation", "person"]
    n_band: str
    final: bool = Field(description="True for the release at the round's close.")
    assumptions: tuple[Text, ...] = ()
    synthetic: bool = False


class PracticeSuggested(Event):
    """Somebody named a practice in an open answer; the library's editors look at it."""

    SUBJECT: ClassVar[str] = "latu.internal.survey.practice_suggested.v1.<suggestion>"
    suggestion: Key
    text: str = Field(max_length=4000, description="As written; may hold personal data, not reviewed.")
    language: str
    topic: Topic
    synthetic: bool = False


class PracticeSuggestionWithdrawn(Event):
    """The answer in which the practice was named was erased; forget its text."""

    SUBJECT: ClassVar[str] = "latu.internal.survey.practice_suggestion_withdrawn.v1.<suggestion>"
    suggestion: Key
