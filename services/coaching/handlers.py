"""Events in, each to its command."""

from __future__ import annotations

from services.coaching import commands
from shared.events import (
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    PracticeContributed,
    PracticeContributionWithdrawn,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
    RecommendationRevised,
)
from shared.messaging import Handlers, Tx

events = Handlers("coaching")


@events.on(InsightReleased)
async def on_insight_released(event: InsightReleased, tx: Tx) -> None:
    """A confirmed finding speaks for practices."""
    await commands.keep_finding(tx, event)


@events.on(InsightRetracted)
async def on_insight_retracted(event: InsightRetracted, tx: Tx) -> None:
    """Playbooks stop standing on it."""
    await commands.retract_finding(tx, event)


@events.on(IndicationReleased)
async def on_indication_released(event: IndicationReleased, tx: Tx) -> None:
    """An indication may rank advice, labelled as not confirmed."""
    await commands.keep_finding(tx, event)


@events.on(IndicationRetracted)
async def on_indication_retracted(event: IndicationRetracted, tx: Tx) -> None:
    """Playbooks stop leaning on it."""
    await commands.retract_finding(tx, event)


@events.on(RecommendationRevised)
async def on_recommendation_revised(event: RecommendationRevised, tx: Tx) -> None:
    """Adopted ones speak for practices, others do not."""
    await commands.keep_recommendation(tx, event)


@events.on(PracticeSuggested)
async def on_practice_suggested(event: PracticeSuggested, tx: Tx) -> None:
    """Editors look at it."""
    await commands.keep_suggestion(tx, event)


@events.on(PracticeSuggestionWithdrawn)
async def on_practice_suggestion_withdrawn(event: PracticeSuggestionWithdrawn, tx: Tx) -> None:
    """Its text is forgotten."""
    await commands.forget_suggestion(tx, event)


@events.on(PracticeContributed)
async def on_practice_contributed(event: PracticeContributed, tx: Tx) -> None:
    """Editors look at what a partner sent as well."""
    await commands.keep_suggestion(tx, event)


@events.on(PracticeContributionWithdrawn)
async def on_practice_contribution_withdrawn(event: PracticeContributionWithdrawn, tx: Tx) -> None:
    """Its text is forgotten."""
    await commands.forget_contribution(tx, event)
