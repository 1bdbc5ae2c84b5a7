"""Playbooks: remade when what they are made of has changed."""

from __future__ import annotations

from collections.abc import Iterable

from services.coaching import playbook
from services.coaching.actions import Action
from services.coaching.knowledge import Knowledge, know
from services.coaching.store import facts, organisations, practices, visits
from services.coaching.store import playbooks as store
from shared.db import Transaction

BATCH = 200


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
    return len(behind) == BATCH


async def _load_knowledge(tx: Transaction, actions: Iterable[Action]) -> Knowledge:
    return know(
        await practices.list_practices(tx),
        await facts.load_findings(tx),
        await facts.load_adopted(tx),
        await visits.list_outcomes(tx),
        await facts.load_fates(tx, [ref.key for action in actions for ref in action.evidence]),
    )
