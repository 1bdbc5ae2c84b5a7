"""Queries on playbooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import RowMapping, Text, bindparam, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from services.coaching.advice import Advice
from services.coaching.playbook import Playbook, Standing
from services.coaching.tables import organisations, playbooks
from shared.db import Transaction
from shared.errors import NotFound

_STANDING = [playbooks.c[name] for name in Standing.model_fields]


async def lock_stale(tx: Transaction, limit: int) -> list[tuple[Standing, Mapping[str, str]]]:
    """The next playbooks to remake, each with the place of its organisation, locked.

    An organisation that another transaction holds is left for the next run.
    """
    wanted = (
        select(*_STANDING, organisations.c.place)
        .join_from(organisations, playbooks)
        .where(organisations.c.stale)
        .order_by(organisations.c.organisation)
        .limit(limit)
    )
    rows = await tx.all(wanted.with_for_update(of=organisations, skip_locked=True))
    return [(Standing.model_validate(dict(row)), row["place"]) for row in rows]


async def lock_after(
    tx: Transaction, organisation: str, limit: int
) -> list[tuple[Playbook, Mapping[str, str]]]:
    """The next playbooks behind an organisation, each with its organisation's place, locked."""
    wanted = (
        select(playbooks, organisations.c.place)
        .join_from(organisations, playbooks)
        .where(organisations.c.organisation > organisation)
        .order_by(organisations.c.organisation)
        .limit(limit)
    )
    rows = await tx.all(wanted.with_for_update(of=organisations))
    return [(_playbook(row), row["place"]) for row in rows]


async def load_playbook(tx: Transaction, organisation: str) -> Playbook:
    """The playbook of an organisation.

    Raises:
        NotFound: there is no such organisation.
    """
    row = await tx.first(select(playbooks).where(playbooks.c.organisation == organisation))
    if row is None:
        raise NotFound("no_such_organisation", "There is no such client organisation.")
    return _playbook(row)


async def find_playbook(tx: Transaction, owner: str) -> Playbook | None:
    """The playbook of an organisation, named by the organisation or by its pseudonym."""
    mine = (playbooks.c.organisation == owner) | (playbooks.c.playbook == owner)
    row = await tx.first(select(playbooks).where(mine))
    return None if row is None else _playbook(row)


async def save_playbooks(tx: Transaction, remade: Sequence[tuple[Standing, Advice]]) -> None:
    """Keep new revisions. The advice goes in as the text that it has: many organisations share one."""
    if not remade:
        return
    names = ("revision", "fingerprint", "advised", "suspended")
    statement = (
        update(playbooks)
        .where(playbooks.c.playbook == bindparam("of_playbook"))
        .values(
            remade_at=tx.now,
            items=cast(bindparam("new_items", type_=Text), JSONB),
            **{name: bindparam(f"new_{name}") for name in names},
        )
    )
    await tx.execute(statement, [_row(standing, advice) for standing, advice in remade])


async def count_playbooks(tx: Transaction) -> RowMapping:
    """Counts: `playbooks` are those that advise something, `playbooks_changed` how often one changed."""
    total = func.coalesce
    row = await tx.first(
        select(
            func.count().label("organisations"),
            func.count().filter(playbooks.c.advised + playbooks.c.suspended > 0).label("playbooks"),
            total(func.sum(playbooks.c.revision), 0).label("playbooks_changed"),
            total(func.sum(playbooks.c.advised + playbooks.c.suspended), 0).label("items"),
            total(func.sum(playbooks.c.suspended), 0).label("suspended"),
        )
    )
    if row is None:
        raise NotFound("no_counts", "There is nothing to count.")
    return row


async def count_advice(tx: Transaction) -> dict[str, int]:
    """How many playbooks advise something, and how many pieces of advice in them stand or are suspended."""
    row = await count_playbooks(tx)
    standing = row["items"] - row["suspended"]
    return {"playbooks": row["playbooks"], "standing": standing, "suspended": row["suspended"]}


def _row(standing: Standing, advice: Advice) -> dict[str, object]:
    return {
        "of_playbook": standing.playbook,
        "new_revision": standing.revision,
        "new_fingerprint": standing.fingerprint,
        "new_items": advice.text,
        "new_advised": len(advice.items) - advice.suspended,
        "new_suspended": advice.suspended,
    }


def _playbook(row: RowMapping) -> Playbook:
    return Playbook.model_validate({name: row[name] for name in Playbook.model_fields})
