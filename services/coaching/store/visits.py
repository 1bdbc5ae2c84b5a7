"""Queries on visits, actions and outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.coaching.actions import Action
from services.coaching.outcomes import Outcome
from services.coaching.tables import actions, outcomes, visits
from services.coaching.visits import Visit
from shared.db import Transaction
from shared.errors import NotFound

_RECORDED = (outcomes.c.action == actions.c.action) & (outcomes.c.status == "recorded")
_OUTCOME = [column for column in outcomes.c if column.name in Outcome.model_fields]


async def find_visit_owner(tx: Transaction, visit: str) -> str | None:
    """The organisation of a visit; None when there is no such visit."""
    owner: str | None = await tx.value(select(visits.c.organisation).where(visits.c.visit == visit))
    return owner


async def save_visit(tx: Transaction, organisation: str, visit: Visit, coach: str) -> bool:
    """Keep a visit; says whether it is new."""
    row = visit.model_dump(exclude={"actions"})
    fresh = upsert(visits).values(organisation=organisation, coach=coach, recorded_at=tx.now, **row)
    return await tx.run(fresh.on_conflict_do_nothing()) == 1


async def list_visits(tx: Transaction, organisation: str) -> Sequence[RowMapping]:
    """The visits to an organisation, newest first."""
    mine = select(visits).where(visits.c.organisation == organisation)
    return await tx.all(mine.order_by(visits.c.visited_on.desc(), visits.c.visit.desc()))


async def save_actions(tx: Transaction, organisation: str, visit: str, agreed: Sequence[Action]) -> None:
    """Keep agreed actions."""
    if agreed:
        rows = [action.model_dump(exclude={"outcome", "grounds"}) for action in agreed]
        stand = [
            {
                "grounds": [ground.model_dump(mode="json") for ground in action.grounds],
                "evidence_keys": [ref.key for ref in action.evidence],
            }
            for action in agreed
        ]
        owner = {"organisation": organisation, "visit": visit}
        await tx.execute(insert(actions), [row | owner | on for row, on in zip(rows, stand, strict=True)])


async def save_status(tx: Transaction, action: Action) -> None:
    """Keep the status of an action."""
    await tx.run(update(actions).where(actions.c.action == action.action).values(status=action.status))


async def load_action(tx: Transaction, key: str) -> tuple[str, Action]:
    """The organisation of an action and the action, locked until the end of the transaction.

    Raises:
        NotFound: there is none.
    """
    wanted = _with_outcome().where(actions.c.action == key).with_for_update(of=actions)
    row = await tx.first(wanted)
    if row is None:
        raise NotFound("no_such_action", "There is no such agreed action.")
    return row["organisation"], _action(row)


async def list_actions(tx: Transaction, organisations: Iterable[str]) -> dict[str, list[Action]]:
    """The actions of organisations, by organisation, oldest first."""
    mine = _with_outcome().where(actions.c.organisation.in_(list(organisations)))
    found: dict[str, list[Action]] = {}
    for row in await tx.all(mine.order_by(actions.c.agreed_on, actions.c.action)):
        found.setdefault(row["organisation"], []).append(_action(row))
    return found


async def load_agreed(tx: Transaction, visit: str) -> dict[str, str]:
    """The key of each action that a visit agreed on, by practice."""
    rows = await tx.all(select(actions.c.practice, actions.c.action).where(actions.c.visit == visit))
    return {row["practice"]: row["action"] for row in rows}


async def save_outcome(tx: Transaction, action: str, outcome: Outcome) -> None:
    """Keep a recorded outcome."""
    row = outcome.model_dump(mode="json")
    await tx.run(insert(outcomes).values(action=action, status="recorded", recorded_at=tx.now, **row))


async def load_outcome(tx: Transaction, key: str) -> tuple[str, Outcome]:
    """The organisation of a recorded outcome and the outcome, locked until the end of the transaction.

    Raises:
        NotFound: there is none, or it was withdrawn.
    """
    wanted = (
        select(*_OUTCOME, actions.c.organisation)
        .join_from(outcomes, actions)
        .where(outcomes.c.outcome == key, outcomes.c.status == "recorded")
    )
    row = await tx.first(wanted.with_for_update(of=outcomes))
    if row is None:
        raise NotFound("no_such_outcome", "There is no such outcome, or it was withdrawn.")
    return row["organisation"], Outcome.model_validate(dict(row))


async def mark_outcome_withdrawn(tx: Transaction, outcome: Outcome) -> None:
    """Keep that an outcome was taken back."""
    statement = update(outcomes).where(outcomes.c.outcome == outcome.outcome)
    await tx.run(statement.values(status="withdrawn", revision=outcome.revision + 1))


async def list_outcomes(tx: Transaction, organisation: str | None = None) -> list[Outcome]:
    """All recorded outcomes, or those of one organisation."""
    wanted = select(*_OUTCOME).where(outcomes.c.status == "recorded").order_by(outcomes.c.outcome)
    if organisation is not None:
        wanted = wanted.join_from(outcomes, actions).where(actions.c.organisation == organisation)
    return [Outcome.model_validate(dict(row)) for row in await tx.all(wanted)]


def _with_outcome() -> Select[Any]:
    labelled = [column.label(f"outcome_{column.name}") for column in _OUTCOME]
    return select(actions, *labelled).outerjoin_from(actions, outcomes, _RECORDED)


def _action(row: RowMapping) -> Action:
    outcome = {name: row[f"outcome_{name}"] for name in Outcome.model_fields}
    fields = {name: row[name] for name in Action.model_fields if name != "outcome"}
    return Action.model_validate({**fields, "outcome": outcome if outcome["outcome"] else None})
