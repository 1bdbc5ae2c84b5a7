"""Queries of the contributions and of how many a partner sent in a day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.contributions import Contribution
from services.campaign.tables import contribution_counts, contributions
from shared.db import Transaction


async def load_contribution(tx: Transaction, key: str) -> Contribution | None:
    """One contribution, locked until the transaction ends."""
    row = await tx.first(select(contributions).where(contributions.c.key == key).with_for_update())
    return _contribution(row) if row is not None else None


async def list_contributions(
    tx: Transaction, status: str, *, kind: str = "", limit: int = 500
) -> list[Contribution]:
    """The contributions in a state, in the order in which they came."""
    query = select(contributions).where(contributions.c.status == status)
    query = query.where(contributions.c.kind == kind) if kind else query
    rows = await tx.all(query.order_by(contributions.c.received_at, contributions.c.key).limit(limit))
    return [_contribution(row) for row in rows]


async def find_duplicate(tx: Transaction, partner: str, fingerprint: str) -> bool:
    """Whether another partner's contribution says the same."""
    same = (contributions.c.fingerprint == fingerprint) & (contributions.c.partner != partner)
    return await tx.value(select(contributions.c.key).where(same).limit(1)) is not None


async def save_contribution(tx: Transaction, made: Contribution) -> None:
    """Keep a contribution as it is now."""
    row = {**asdict(made), "checks": list(made.checks)}
    await tx.execute(
        upsert(contributions).values(row).on_conflict_do_update(index_elements=["key"], set_=row)
    )


async def save_message_count(tx: Transaction, partner: str, day: date) -> int:
    """Count one more message of a partner's; returns how many came that day."""
    one = upsert(contribution_counts).values(partner=partner, day=day, messages=1)
    more = one.on_conflict_do_update(
        index_elements=["partner", "day"], set_={"messages": contribution_counts.c.messages + 1}
    )
    return int(await tx.value(more.returning(contribution_counts.c.messages)))


async def count_contributions(tx: Transaction) -> dict[str, int]:
    """How many contributions are in each state."""
    query = select(contributions.c.status, func.count().label("n")).group_by(contributions.c.status)
    return {row["status"]: row["n"] for row in await tx.all(query)}


async def count_by_partner(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many contributions are in each state, by partner and status."""
    columns = (contributions.c.partner, contributions.c.status)
    query = select(*columns, func.count().label("n")).group_by(*columns)
    return {(row["partner"], row["status"]): row["n"] for row in await tx.all(query)}


def _contribution(row: RowMapping) -> Contribution:
    return Contribution(**{**row, "checks": tuple(row["checks"])})
