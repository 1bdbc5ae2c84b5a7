"""What the survey keeps of other services' facts."""

from __future__ import annotations

from typing import Final

from services.survey.tables.answers import stories
from services.survey.tables.coaching import coached
from shared.db import Transaction
from shared.events import Event, OrganisationCoached, StoryPublished, StoryWithdrawn, SurveyMarkWithdrawn
from shared.replicas import Replica, Replicas, keep_fact

REPLICAS: Final[Replicas] = {
    StoryPublished: Replica(stories),
    StoryWithdrawn: Replica(stories, live=False),
    OrganisationCoached: Replica(coached),
    SurveyMarkWithdrawn: Replica(coached, live=False),
}


async def save_fact(tx: Transaction, event: Event) -> bool:
    """Keep what another service told, when it is newer than what is kept; says whether it was."""
    return await keep_fact(tx, REPLICAS, event)
