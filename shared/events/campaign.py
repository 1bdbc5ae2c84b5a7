"""What the campaign service publishes."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.events.base import Event, Evidence, Figure, Key, Text, Topic, Value


class PostFigure(Value):
    """A figure in a post with what it says and the insight it comes from."""

    evidence: Evidence = Field(description="The insight that it comes from.")
    sentence: Text = Field(description="What the figure says, in plain words.")
    figure: Figure = Field(description="The figure.")
    released_on: date | None = Field(default=None, description="When the figure was released.")


class PostPublished(Event):
    """A post as it is live; `held` and `corrected` say that its evidence changed after publishing.

    Published when the editors publish a post, and again when its figures are corrected or it is put on
    hold because a finding behind it no longer says the same.
    """

    SUBJECT: ClassVar[str] = "latu.public.campaign.post_published.v1.<post>"
    post: Key = Field(description="The post; the same word as in its address.")
    status: Literal["published", "corrected", "held"] = Field(
        description="`published`; `corrected` when its figures changed; `held` while the editors check it."
    )
    theme: Key = Field(description="The theme that it belongs to.")
    topic: Topic = Field(description="The topic that it is about.")
    title: Text = Field(description="Its heading.")
    body: Text = Field(description="Its text; an empty line parts paragraphs.")
    figures: tuple[PostFigure, ...] = Field(
        description="The figures that it shows; none while it is on hold."
    )
    published_at: AwareDatetime = Field(description="When it was published first, with its offset.")
    correction: Text | None = Field(default=None, description="What was corrected, or why it is on hold.")
    synthetic: bool = Field(default=False, description="True when the answers behind it were generated.")


class PostWithdrawn(Event):
    """A post was taken back.

    Published when the editors withdraw a post that was live. Take down what you made of it.
    """

    SUBJECT: ClassVar[str] = "latu.public.campaign.post_withdrawn.v1.<post>"
    post: Key = Field(description="The post that is gone.")
    reason: Text = Field(description="Why, in plain words.")


class StoryPublished(Event):
    """A moderated story, published with the teller's consent; the survey keeps it as an open answer.

    Published when a moderator has read a story and lets it out.
    """

    SUBJECT: ClassVar[str] = "latu.public.campaign.story_published.v1.<story>"
    story: Key = Field(description="The story; the same word as in its address.")
    title: str = Field(max_length=200, description="Its heading, in the language of the story.")
    text: str = Field(max_length=4000, description="The story as the moderator let it out.")
    language: Literal["fi", "en", "sv"] = Field(description="The language that it is told in.")
    topic: Topic = Field(description="The topic that it is about.")
    published_at: AwareDatetime = Field(description="When it was published, with its offset.")


class StoryWithdrawn(Event):
    """The teller took the story back, or it was removed; forget its text.

    Published at once when the teller uses the code of the receipt, or a moderator removes the story. Its
    text is purged from the stream; your copy is for you to forget.
    """

    SUBJECT: ClassVar[str] = "latu.public.campaign.story_withdrawn.v1.<story>"
    story: Key = Field(description="The story that is gone.")


class PracticeContributed(Event):
    """A partner named a practice and staff accepted it; the library's editors look at it."""

    SUBJECT: ClassVar[str] = "latu.internal.campaign.practice_contributed.v1.<suggestion>"
    suggestion: Key
    partner: str = Field(max_length=120, description="The name of the partner, to credit it.")
    language: Literal["fi", "en", "sv"] = Field(description="The language of title and text.")
    title: str = Field(max_length=200)
    text: str = Field(max_length=4000, description="What a workplace does and found good.")
    topic: Topic
    source: str = Field(max_length=300, description="Where the practice was seen.")
    address: str = Field(default="", max_length=300, description="Where more is to be read.")


class PracticeContributionWithdrawn(Event):
    """The partner took its practice back or sent another, or staff refused it after all; forget its text."""

    SUBJECT: ClassVar[str] = "latu.internal.campaign.practice_contribution_withdrawn.v1.<suggestion>"
    suggestion: Key


ContributionKind = Literal["practice", "indicator"]
RefusalReason = Literal[
    "no_event",
    "unknown_type",
    "too_large",
    "not_valid",
    "unknown_place",
    "not_active",
    "not_granted",
    "too_many",
    "not_taken",
    "declined",
]


class _Answer(Event):
    partner: Key = Field(description="The partner that sent it: only this one can read the answer.")
    contribution: Key = Field(description="The contribution as it is known here.")
    kind: ContributionKind = Field(description="What was sent.")
    sent_key: Key = Field(description="The key that the partner gave it, the same as in `ce-subject`.")
    sent_revision: int = Field(ge=1, description="The revision of the partner's that this answers.")
    note: str = Field(default="", max_length=500, description="What staff wrote to the partner.")


class ContributionAccepted(_Answer):
    """Staff accepted what a partner sent; it is used with the partner's name beside it.

    Published to the partner alone, when staff accept its contribution.
    """

    SUBJECT: ClassVar[str] = "latu.answers.campaign.contribution_accepted.v1.<partner>.<contribution>"


class ContributionWithdrawn(_Answer):
    """A partner took back what it had sent: nothing of it is used any more, and its words are erased.

    Published to the partner alone, when its message that takes something back was followed.
    """

    SUBJECT: ClassVar[str] = "latu.answers.campaign.contribution_withdrawn.v1.<partner>.<contribution>"


class ContributionRefused(_Answer):
    """What a partner sent was not taken, and why. A higher revision that is better may still be taken.

    Published to the partner alone, when a message cannot be taken, staff refuse it, or take down what they
    had accepted.
    """

    SUBJECT: ClassVar[str] = "latu.answers.campaign.contribution_refused.v1.<partner>.<contribution>"
    reason: RefusalReason = Field(description="Why, as a word for programs.")
    where: str = Field(default="", max_length=500, description="The fields that are not valid.")
    explanation: Text = Field(description="Why, in plain words.")
