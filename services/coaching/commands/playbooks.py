"""Playbooks: remade when what they are made of has changed."""

from __future__ import annotations

from collections.abc import Iterable

from services.coaching import playbook
from services.coaching.actions import Action
from services.coaching.advice import Advice
from services.coaching.commands.changes import REGION, note_change
from services.coaching.knowledge import Knowledge, know
from services.coaching.playbook import Standing
from services.coaching.store import facts, organisations, practices, visits
from services.coaching.store import playbooks as store
from shared.db import Transaction
from shared.loop import Effect

BATCH = 200
CHANGED_PLAYBOOKS = Effect("coaching", "playbook")


async def remake_playbooks(tx: Transaction) -> bool:
    """Remake the next playbooks that are behind; says whether there may be more.

    Evidence is read once for the batch. A playbook whose content stays as it was gets no new revision.
    """
    await organisations.mark_stale(tx)
    behind = await store.lock_stale(tx, BATCH)
    if not behind:
        return False
    owners = [standing.organisation for standing, _ in behind]
    actions = await visits.list_actions(tx, owners)
    known = await _load_knowledge(tx, [action for mine in actions.values() for action in mine])
    remade = []
    for before, place in behind:
        advice = playbook.make(place, known, actions.get(before.organisation, []))
        after = playbook.remake(before, advice)
        if after is not None:
            remade.append((after, advice))
            tx.emit(playbook.announcement(after, advice, tx.now))
    await store.save_playbooks(tx, remade)
    await organisations.mark_fresh(tx, owners)
    if remade:
        await CHANGED_PLAYBOOKS.reach(tx)
    return len(behind) == BATCH


async def rebuild_playbooks(tx: Transaction, after: str) -> str | None:
    """Work out the next playbooks anew, whatever is kept of them; gives where to go on, None at the end.

    Advice that is right stays. Advice that was damaged where it lies is put right under its revision. Should
    a later part never come, the timer remakes what changed.
    """
    if not after:
        await note_change(tx, REGION)
    kept = await store.lock_after(tx, after, BATCH)
    owners = [book.organisation for book, _ in kept]
    actions = await visits.list_actions(tx, owners)
    known = await _load_knowledge(tx, [action for mine in actions.values() for action in mine])
    changed: list[tuple[Standing, Advice]] = []
    for book, place in kept:
        advice = playbook.make(place, known, actions.get(book.organisation, []))
        remade = playbook.remake(book, advice)
        if remade is not None:
            tx.emit(playbook.announcement(remade, advice, tx.now))
        if remade is not None or book.items != advice.items:
            changed.append((remade or book, advice))
    await store.save_playbooks(tx, changed)
    return owners[-1] if len(kept) == BATCH else None


async def _load_knowledge(tx: Transaction, actions: Iterable[Action]) -> Knowledge:
    return know(
        await practices.list_practices(tx),
        await facts.load_findings(tx),
        await facts.load_adopted(tx),
        await visits.list_outcomes(tx),
        await facts.load_fates(tx, [ref.key for action in actions for ref in action.evidence]),
    )
