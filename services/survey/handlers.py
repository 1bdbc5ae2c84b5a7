"""Events that the survey listens to."""

from __future__ import annotations

from services.survey.commands import coaching, stories
from shared.events import OrganisationCoached, StoryPublished, StoryWithdrawn, SurveyMarkWithdrawn
from shared.messaging import Handlers, Tx

events = Handlers("survey")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    """A story is told: it is an open answer."""
    await stories.keep_story(tx, event)


@events.on(StoryWithdrawn)
async def on_story_withdrawn(event: StoryWithdrawn, tx: Tx) -> None:
    """A story is taken back."""
    await stories.forget_story(tx, event)


@events.on(OrganisationCoached)
async def on_organisation_coached(event: OrganisationCoached, tx: Tx) -> None:
    """Its later answers are no independent confirmation."""
    await coaching.keep_coached(tx, event)


@events.on(SurveyMarkWithdrawn)
async def on_survey_mark_withdrawn(event: SurveyMarkWithdrawn, tx: Tx) -> None:
    """It is forgotten that it was coached."""
    await coaching.forget_coached(tx, event)
