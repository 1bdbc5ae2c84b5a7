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

    recommendation: Key
    revision: int
    topic: Topic
    practice: str = ""
    text: Text
    strength: Strength
    certainty: Certainty
    evidence: tuple[Evidence, ...]
    under_review: bool = False


class ModelVersionPublished(Event):
    """The employer-driven remote-work model in a new version, whole. The key is always `model`."""

    SUBJECT: ClassVar[str] = "latu.public.model.version_published.v1.<model>"
    model: Key = "model"
    number: int = Field(ge=1)
    published_on: date
    changes: Text
    recommendations: tuple[AdoptedRecommendation, ...]
    synthetic: bool = False
