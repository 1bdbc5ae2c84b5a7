"""Keeping what other services say, and having playbooks remade where it matters."""

from __future__ import annotations

from collections.abc import Mapping

from services.coaching.commands.changes import note_change
from services.coaching.grounds import Finding
from services.coaching.store import facts as store
from shared.db import Transaction
from shared.events import (
    Event,
    IndicationRetracted,
    InsightRetracted,
    PracticeContributed,
    PracticeContributionWithdrawn,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
    RecommendationRevised,
)


async def keep_finding(tx: Transaction, event: Finding) -> None:
    """A finding was released or revised."""
    await _keep(tx, event, event.segment)


async def retract_finding(tx: Transaction, event: InsightRetracted | IndicationRetracted) -> None:
    """A finding no longer holds."""
    await _keep(tx, event, None)


async def keep_recommendation(tx: Transaction, event: RecommendationRevised) -> None:
    """A recommendation changed its state."""
    await _keep(tx, event, event.segment)


async def keep_suggestion(tx: Transaction, event: PracticeSuggested | PracticeContributed) -> None:
    """Somebody named a practice in an answer, or a partner sent one."""
    await store.save_fact(tx, event)


async def forget_suggestion(tx: Transaction, event: PracticeSuggestionWithdrawn) -> None:
    """The answer was erased: its text goes from here too, wherever it lies."""
    await store.save_fact(tx, event)
    await tx.forget_letters(PracticeSuggested, event.suggestion, event.revision)


async def forget_contribution(tx: Transaction, event: PracticeContributionWithdrawn) -> None:
    """What a partner sent no longer stands: its text goes from here too."""
    await store.save_fact(tx, event)
    await tx.forget_letters(PracticeContributed, event.suggestion, event.revision)


async def _keep(tx: Transaction, event: Event, segment: Mapping[str, str] | None) -> None:
    """Keep a fact; playbooks change where it spoke before, where it speaks now, and where it is acted on."""
    before = await store.load_segment(tx, event)
    if await store.save_fact(tx, event):
        spoken = (found for found in (before, segment) if found is not None)
        await note_change(tx, *spoken, key=event.key)
