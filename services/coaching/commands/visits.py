"""Visits, agreed actions and their outcomes."""

from __future__ import annotations

from services.coaching import actions, outcomes, visits
from services.coaching.actions import Action
from services.coaching.commands.changes import REGION, note_change, remake_one
from services.coaching.commands.marks import tell_coached
from services.coaching.outcomes import Measurement, Outcome
from services.coaching.store import playbooks
from services.coaching.store import visits as store
from services.coaching.visits import Visit
from shared.db import Transaction
from shared.errors import Refused
from shared.events import OutcomeRecorded


async def record_visit(tx: Transaction, actor: str, organisation: str, visit: Visit) -> dict[str, str]:
    """Write a visit down with what was agreed; returns the action's key for each practice.

    A visit that is sent twice is kept once.

    Raises:
        NotFound: there is no such organisation.
        Invalid, Refused: see `visits.check`; or the visit is to another organisation.
    """
    book = await playbooks.load_playbook(tx, organisation)
    advice = visits.check(visit, book.items, visits.day_of(tx.now))
    if not await store.save_visit(tx, organisation, visit, actor):
        return await _recorded_before(tx, organisation, visit.visit)
    agreed = [
        visits.agree(tx.new_id(), intent, advice[intent.practice], visit.visited_on)
        for intent in visit.actions
    ]
    await store.save_actions(tx, organisation, visit.visit, agreed)
    await remake_one(tx, organisation)
    await tell_coached(tx, organisation)
    detail = {"organisation": organisation, "agreed": [action.practice for action in agreed]}
    await tx.audit(actor, "visit_recorded", visit.visit, detail)
    return {action.practice: action.action for action in agreed}


async def cancel_action(tx: Transaction, actor: str, key: str) -> None:
    """Call an agreed action off.

    Raises:
        NotFound, Refused: there is none; it is called off already, or has an outcome.
    """
    organisation, action = await store.load_action(tx, key)
    await store.save_status(tx, actions.cancel(action))
    await remake_one(tx, organisation)
    await tx.audit(actor, "action_cancelled", key, {"organisation": organisation})


async def record_outcome(tx: Transaction, actor: str, key: str, measurement: Measurement) -> str:
    """Record what a follow-up measured of an action; it counts for the practice everywhere.

    Raises:
        NotFound, Refused, Invalid: no such action; it is closed; the day is not possible.
    """
    _, action = await store.load_action(tx, key)
    actions.await_outcome(action)
    outcomes.check(measurement, action.agreed_on, visits.day_of(tx.now))
    outcome = _outcome(tx.new_id(), action, measurement)
    await store.save_outcome(tx, key, outcome)
    await note_change(tx, REGION)
    tx.emit(outcomes.recorded(outcome, tx.now))
    await tx.audit(actor, "outcome_recorded", outcome.outcome, {"action": key})
    return outcome.outcome


async def withdraw_outcome(tx: Transaction, actor: str, key: str) -> None:
    """Take back an outcome that was recorded by mistake; its action waits for one again.

    Raises:
        NotFound: there is none, or it was withdrawn.
    """
    _, outcome = await store.load_outcome(tx, key)
    await store.mark_outcome_withdrawn(tx, outcome)
    await note_change(tx, REGION)
    await tx.purge_key(OutcomeRecorded, key)
    tx.emit(outcomes.withdrawn(outcome, tx.now))
    await tx.audit(actor, "outcome_withdrawn", key)


async def _recorded_before(tx: Transaction, organisation: str, visit: str) -> dict[str, str]:
    if await store.find_visit_owner(tx, visit) != organisation:
        raise Refused("visit_exists", "A visit of that key was recorded for another organisation.")
    return await store.load_agreed(tx, visit)


def _outcome(key: str, action: Action, measurement: Measurement) -> Outcome:
    return Outcome(
        outcome=key,
        practice=action.practice,
        topic=action.topic,
        kept=measurement.kept,
        before=measurement.before,
        after=measurement.after,
        measured_on=f"{measurement.measured_on:%Y-%m}",
        evidence=action.evidence,
    )
