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
    status: Literal["released", "revised"] = Field(
        description="`released` when it is told for the first time, `revised` when its statement changed."
    )
    round: Key = Field(description="The round of the survey that it comes from.")
    round_title: Text = Field(description="The name of the round.")
    question: str = Field(description="Code of the question in its questionnaire.")
    question_text: Text = Field(description="The question as it was asked.")
    topic: Topic = Field(description="The topic that it is about.")
    rule: Rule = Field(description="The published rule that fired.")
    segment: dict[str, str] = Field(description="Dimension to category; empty means the whole region.")
    segment_label: Text = Field(description="The segment in words.")
    direction: Literal["low", "high"] = Field(description="Which way it points on the question's scale.")
    good: Literal["low", "high"] = Field(default="high", description="The good end of the question's scale.")
    practice: str = Field(default="", description="Code of the practice that the question is about, if any.")
    sentence: Text = Field(description="The finding in plain words, with its interval.")
    figure: Figure = Field(description="The figure that it stands on.")
    certainty: Certainty = Field(description="How certain it is, by published rules.")
    release: Key = Field(description="The release that the figure is in.")
    release_number: int = Field(description="Counts the releases of the round.")
    released_on: date = Field(description="The day of the release.")
    answers_hash: str = Field(description="Keyed hash of the answers behind the figure.")
    unit: Literal["organisation", "person"] = Field(description="Whom the figure counts.")
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

    Published at a release of a survey round, for each rule that fired and is held by the false-discovery
    rate of the round; again, with a higher revision, when a later release changes what it says. It may
    become evidence of a recommendation, a theme and a post.
    """

    SUBJECT: ClassVar[str] = "latu.public.survey.insight_released.v1.<insight>"
    tier: Literal["confirmed"] = Field(
        default="confirmed", description="How well it is held; always `confirmed`."
    )


class IndicationReleased(_Finding):
    """A finding points somewhere but is not confirmed: for playbooks and staff only, never for a post."""

    SUBJECT: ClassVar[str] = "latu.internal.survey.indication_released.v1.<insight>"
    tier: Literal["indication"] = "indication"


class _Retraction(Event):
    insight: Key = Field(description="The same finding keeps its key over revisions.")
    round: Key = Field(description="The round of the survey that it came from.")
    topic: Topic = Field(description="The topic that it was about.")
    reason: RetractionReason = Field(description="Why it does not hold any more.")


class InsightRetracted(_Retraction):
    """A confirmed finding no longer holds; whatever stood on it must react.

    Published when a later release does not confirm it, when answers were erased, an import was undone or
    the frame was corrected. A later `InsightReleased` with a higher revision can bring it back.
    """

    SUBJECT: ClassVar[str] = "latu.public.survey.insight_retracted.v1.<insight>"


class IndicationRetracted(_Retraction):
    """An indication no longer holds."""

    SUBJECT: ClassVar[str] = "latu.internal.survey.indication_retracted.v1.<insight>"


class ReleasePublished(Event):
    """An immutable table of estimates passed the release gate; its figures are in the open data.

    Published at every planned look at a survey round and at its close, once for each release.
    """

    SUBJECT: ClassVar[str] = "latu.public.survey.release_published.v1.<release>"
    release: Key = Field(description="The release; the open data has its figures under this name.")
    round: Key = Field(description="The round of the survey.")
    round_title: Text = Field(description="The name of the round.")
    number: int = Field(ge=1, description="Counts the releases of the round.")
    content_hash: str = Field(description="SHA-256 of the released table.")
    figures: int = Field(description="How many figures it holds.")
    insights: int = Field(description="How many confirmed insights stand after it.")
    unit: Literal["organisation", "person"] = Field(description="Whom its figures count.")
    n_band: str = Field(description="How many answered, as a band such as 50–99.")
    final: bool = Field(description="True for the release at the round's close.")
    assumptions: tuple[Text, ...] = Field(default=(), description="What its figures take for granted.")
    synthetic: bool = Field(default=False, description="True when the answers were generated, not given.")


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
