"""What the campaign service publishes."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.events.base import Event, Evidence, Figure, Key, Text, Topic, Value


class PostFigure(Value):
    """A figure in a post with what it says and the insight it comes from."""

    evidence: Evidence
    sentence: Text
    figure: Figure
    released_on: date | None = Field(default=None, description="When the figure was released.")


class PostPublished(Event):
    """A post as it is live; `held` and `corrected` say that its evidence changed after publishing."""

    SUBJECT: ClassVar[str] = "latu.public.campaign.post_published.v1.<post>"
    post: Key
    status: Literal["published", "corrected", "held"]
    theme: Key
    topic: Topic
    title: Text
    body: Text
    figures: tuple[PostFigure, ...]
    published_at: AwareDatetime
    correction: Text | None = None
    synthetic: bool = False


class PostWithdrawn(Event):
    """A post was taken back."""

    SUBJECT: ClassVar[str] = "latu.public.campaign.post_withdrawn.v1.<post>"
    post: Key
    reason: Text


class StoryPublished(Event):
    """A moderated story, published with the teller's consent; the survey keeps it as an open answer."""

    SUBJECT: ClassVar[str] = "latu.public.campaign.story_published.v1.<story>"
    story: Key
    title: str = Field(max_length=200)
    text: str = Field(max_length=4000)
    language: Literal["fi", "en", "sv"]
    topic: Topic
    published_at: AwareDatetime


class StoryWithdrawn(Event):
    """The teller took the story back, or it was removed; forget its text."""

    SUBJECT: ClassVar[str] = "latu.public.campaign.story_withdrawn.v1.<story>"
    story: Key
