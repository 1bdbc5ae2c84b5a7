"""The practice library: seeding, editing, and deciding on what answers suggest."""

from __future__ import annotations

from collections.abc import Sequence

from services.coaching import practices
from services.coaching.commands.changes import REGION, note_change
from services.coaching.practices import Practice, Wording
from services.coaching.store import facts
from services.coaching.store import practices as store
from shared.db import Transaction
from shared.errors import Refused

SEEDED_BY = "latu"


async def seed_library(tx: Transaction, entries: Sequence[Practice]) -> int:
    """Add the practices of the library that were never there; returns how many."""
    fresh = [practice for practice in entries if await store.save_new_practice(tx, practice)]
    for practice in fresh:
        await _tell(tx, practice, SEEDED_BY, "practice_added")
    return len(fresh)


async def add_practice(tx: Transaction, actor: str, wording: Wording) -> Practice:
    """Add a practice under a key made of its English title.

    Raises:
        Refused: the library has one of that key.
    """
    key = practices.key_from(wording.title.en)
    practice = Practice(**dict(wording), practice=key)
    if not await store.save_new_practice(tx, practice):
        raise Refused("practice_exists", "The library has a practice of that title already; edit that one.")
    await _tell(tx, practice, actor, "practice_added")
    return practice


async def reword_practice(tx: Transaction, actor: str, key: str, wording: Wording) -> Practice:
    """Give a practice a new wording; a withdrawn one comes back."""
    before = await store.load_practice(tx, key)
    after = practices.reword(before, wording)
    if after is None:
        return before
    await _save(tx, after, actor, "practice_reworded")
    return after


async def withdraw_practice(tx: Transaction, actor: str, key: str) -> None:
    """Take a practice out of the library."""
    after = practices.withdraw(await store.load_practice(tx, key))
    if after is not None:
        await _save(tx, after, actor, "practice_withdrawn")


async def accept_suggestion(tx: Transaction, actor: str, key: str, wording: Wording) -> Practice:
    """Make a new practice, in an editor's words, of what an answer suggests."""
    await facts.load_suggestion(tx, key)
    practice = await add_practice(tx, actor, wording)
    await _decide(tx, actor, key, {"decision": "accepted", "practice": practice.practice})
    return practice


async def merge_suggestion(tx: Transaction, actor: str, key: str, practice: str) -> None:
    """Note that a suggestion is about a practice that the library has."""
    await facts.load_suggestion(tx, key)
    await store.load_practice(tx, practice)
    await _decide(tx, actor, key, {"decision": "merged", "practice": practice})


async def decline_suggestion(tx: Transaction, actor: str, key: str) -> None:
    """Leave a suggestion aside."""
    await facts.load_suggestion(tx, key)
    await _decide(tx, actor, key, {"decision": "declined", "practice": None})


async def _decide(tx: Transaction, actor: str, key: str, decision: dict[str, str | None]) -> None:
    if not await facts.save_decision(tx, {"suggestion": key, "decided_by": actor, **decision}):
        raise Refused("decided", "An editor has decided on this suggestion already.")
    await tx.audit(actor, f"suggestion_{decision['decision']}", key, {"practice": decision["practice"]})


async def _save(tx: Transaction, practice: Practice, actor: str, action: str) -> None:
    await store.save_practice(tx, practice)
    await _tell(tx, practice, actor, action)


async def _tell(tx: Transaction, practice: Practice, actor: str, action: str) -> None:
    await note_change(tx, REGION)
    await tx.audit(actor, action, practice.practice, {"revision": practice.revision})
    tx.emit(practices.announcement(practice, tx.now))
