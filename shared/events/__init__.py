"""The contracts: every event of Latu, one module per publishing service."""

from __future__ import annotations

from shared.events.base import Certainty, Event, Evidence, Figure, Key, Text, Tier, Topic, Value
from shared.events.campaign import PostFigure, PostPublished, PostWithdrawn, StoryPublished, StoryWithdrawn
from shared.events.coaching import (
    CoachedTopic,
    OrganisationCoached,
    OutcomeRecorded,
    OutcomeWithdrawn,
    PlaybookItem,
    PlaybookRemade,
    PracticePublished,
    SurveyMarkWithdrawn,
)
from shared.events.model import AdoptedRecommendation, ModelVersionPublished, RecommendationRevised
from shared.events.survey import (
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
    ReleasePublished,
)

ALL: tuple[type[Event], ...] = (
    InsightReleased,
    InsightRetracted,
    IndicationReleased,
    IndicationRetracted,
    ReleasePublished,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
    PracticePublished,
    OutcomeRecorded,
    OutcomeWithdrawn,
    PlaybookRemade,
    OrganisationCoached,
    SurveyMarkWithdrawn,
    RecommendationRevised,
    ModelVersionPublished,
    PostPublished,
    PostWithdrawn,
    StoryPublished,
    StoryWithdrawn,
)

BY_TYPE: dict[str, type[Event]] = {event.type_name(): event for event in ALL}

__all__ = [
    "ALL",
    "BY_TYPE",
    "AdoptedRecommendation",
    "Certainty",
    "CoachedTopic",
    "Event",
    "Evidence",
    "Figure",
    "IndicationReleased",
    "IndicationRetracted",
    "InsightReleased",
    "InsightRetracted",
    "Key",
    "ModelVersionPublished",
    "OrganisationCoached",
    "OutcomeRecorded",
    "OutcomeWithdrawn",
    "PlaybookItem",
    "PlaybookRemade",
    "PostFigure",
    "PostPublished",
    "PostWithdrawn",
    "PracticePublished",
    "PracticeSuggested",
    "PracticeSuggestionWithdrawn",
    "RecommendationRevised",
    "ReleasePublished",
    "StoryPublished",
    "StoryWithdrawn",
    "SurveyMarkWithdrawn",
    "Text",
    "Tier",
    "Topic",
    "Value",
]
