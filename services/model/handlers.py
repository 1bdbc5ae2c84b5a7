"""Events in: what the survey and coaching services tell the model."""

from __future__ import annotations

from services.model import commands
from shared.events import (
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    OutcomeRecorded,
    OutcomeWithdrawn,
    PracticePublished,
)
from shared.messaging import Handlers, Tx

events = Handlers("model")


@events.on(InsightReleased)
async def on_insight_released(event: InsightReleased, tx: Tx) -> None:
    """A finding was confirmed or restated."""
    await commands.keep_insight(tx, event)


@events.on(InsightRetracted)
async def on_insight_retracted(event: InsightRetracted, tx: Tx) -> None:
    """A confirmed finding no longer holds."""
    await commands.keep_insight(tx, event)


@events.on(IndicationReleased)
async def on_indication_released(event: IndicationReleased, tx: Tx) -> None:
    """Something points somewhere but is not confirmed."""
    await commands.keep_indication(tx, event)


@events.on(IndicationRetracted)
async def on_indication_retracted(event: IndicationRetracted, tx: Tx) -> None:
    """An indication no longer holds."""
    await commands.keep_indication(tx, event)


@events.on(PracticePublished)
async def on_practice_published(event: PracticePublished, tx: Tx) -> None:
    """The library has a practice in a new wording, or no longer has it."""
    await commands.keep_practice(tx, event)


@events.on(OutcomeRecorded)
async def on_outcome_recorded(event: OutcomeRecorded, tx: Tx) -> None:
    """A follow-up measured what happened after a practice was tried."""
    await commands.keep_outcome(tx, event)


@events.on(OutcomeWithdrawn)
async def on_outcome_withdrawn(event: OutcomeWithdrawn, tx: Tx) -> None:
    """An outcome was taken back."""
    await commands.keep_outcome(tx, event)
