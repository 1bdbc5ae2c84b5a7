"""What the model service publishes."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.events.base import Certainty, Event, Evidence, Key, Text, Topic, Value

Strength = Literal["strong", "conditional", "good_practice"]


class RecommendationRevised(Event):
    """A recommendation was proposed, put under review, adopted, held or retired: its whole state."""

    SUBJECT: ClassVar[str] = "latu.internal.model.recommendation_revised.v1.<recommendation>"
    recommendation: Key
    status: Literal["proposed", "under_review", "adopted", "retired"]
    topic: Topic
    practice: str = Field(default="", description="The practice it recommends, if one.")
    text: Text
    strength: Strength
    certainty: Certainty
    segment: dict[str, str] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...]


class AdoptedRecommendation(Value):
    """A recommendation as a published version words it."""

    recommendation: Key = Field(description="The recommendation.")
    revision: int = Field(description="Its revision in this version.")
    topic: Topic = Field(description="The topic that it is about.")
    practice: str = Field(default="", description="The practice that it recommends, if one.")
    text: Text = Field(description="The recommendation in words.")
    strength: Strength = Field(description="How strongly it is recommended.")
    certainty: Certainty = Field(description="How certain its evidence is, by published rules.")
    evidence: tuple[Evidence, ...] = Field(description="What it stands on.")
    under_review: bool = Field(
        default=False, description="True while the experts look at it again because its evidence changed."
    )


class ModelVersionPublished(Event):
    """The employer-driven remote-work model in a new version, whole. The key is always `model`.

    Published when the experts publish a version, and again, with a higher revision, when a
    recommendation in it goes under review or comes out of it.
    """

    SUBJECT: ClassVar[str] = "latu.public.model.version_published.v1.<model>"
    model: Key = Field(default="model", description="Always `model`: there is one.")
    number: int = Field(ge=1, description="Counts the versions.")
    published_on: date = Field(description="The day on which the version was published.")
    changes: Text = Field(description="What is new since the version before.")
    recommendations: tuple[AdoptedRecommendation, ...] = Field(description="All that the version recommends.")
    synthetic: bool = Field(
        default=False, description="True when some of its evidence stands on generated answers."
    )
