"""Queries of the contributions and of how many a partner sent in a day."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import RowMapping, Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.contributions import Contribution
from services.campaign.cursors import Place
from services.campaign.tables import contribution_counts, contributions
from shared.db import Transaction


async def load_contribution(tx: Transaction, key: str) -> Contribution | None:
    """One contribution, locked until the transaction ends."""
    row = await tx.first(select(contributions).where(contributions.c.key == key).with_for_update())
    return _contribution(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Search:
    """Which contributions, where nothing named is all, in the order of when they came or were decided on."""

    status: str = ""
    kind: str = ""
    partner: str = ""
    order: Literal["received_at", "decided_at"] = "received_at"


async def list_contributions(
    tx: Transaction, search: Search, after: Place | None = None, most: int = 100
) -> list[Contribution]:
    """The next contributions after a place, oldest first."""
    at = contributions.c[search.order]
    query = _found(search).order_by(at, contributions.c.key).limit(most)
    if after is not None:
        query = query.where(tuple_(at, contributions.c.key) > tuple_(after.at, after.key))
    return [_contribution(row) for row in await tx.all(query)]


async def list_newest_contributions(tx: Transaction, search: Search, most: int) -> list[Contribution]:
    """The newest contributions, newest first."""
    newest_first = (contributions.c[search.order].desc(), contributions.c.key.desc())
    return [_contribution(row) for row in await tx.all(_found(search).order_by(*newest_first).limit(most))]


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


async def count_contributions(tx: Transaction, search: Search) -> dict[str, int]:
    """How many contributions are found in each state."""
    found = _found(search).subquery()
    query = select(found.c.status, func.count().label("n")).group_by(found.c.status)
    return {row["status"]: row["n"] for row in await tx.all(query)}


async def count_contributions_by_partner(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many contributions are in each state, by partner and status."""
    columns = (contributions.c.partner, contributions.c.status)
    query = select(*columns, func.count().label("n")).group_by(*columns)
    return {(row["partner"], row["status"]): row["n"] for row in await tx.all(query)}


def _found(search: Search) -> Select[Any]:
    named = {name: getattr(search, name) for name in ("status", "kind", "partner")}
    return select(contributions).where(
        *(contributions.c[name] == word for name, word in named.items() if word)
    )


def _contribution(row: RowMapping) -> Contribution:
    return Contribution(**{**row, "checks": tuple(row["checks"])})
