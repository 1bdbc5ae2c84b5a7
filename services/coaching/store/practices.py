"""Queries on the practice library."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from services.coaching.practices import Practice
from services.coaching.tables import practices
from shared.db import Transaction
from shared.errors import NotFound


async def list_practices(tx: Transaction) -> tuple[Practice, ...]:
    """The whole library, withdrawn practices too, by key."""
    rows = await tx.all(select(practices).order_by(practices.c.practice))
    return tuple(_practice(row) for row in rows)


async def find_practice(tx: Transaction, key: str) -> Practice | None:
    """A practice, locked until the end of the transaction; None when there is none."""
    row = await tx.first(select(practices).where(practices.c.practice == key).with_for_update())
    return None if row is None else _practice(row)


async def load_practice(tx: Transaction, key: str) -> Practice:
    """A practice, locked until the end of the transaction.

    Raises:
        NotFound: there is none.
    """
    practice = await find_practice(tx, key)
    if practice is None:
        raise NotFound("no_such_practice", "There is no such practice in the library.")
    return practice


async def save_new_practice(tx: Transaction, practice: Practice) -> bool:
    """Keep a practice unless it is there, or being added, which is waited for; says whether it is new."""
    fresh = insert(practices).values(practice=practice.practice, **_row(tx, practice))
    return bool(await tx.run(fresh.on_conflict_do_nothing()))


async def save_practice(tx: Transaction, practice: Practice) -> None:
    """Keep a practice that is there in its newest revision."""
    changed = update(practices).where(practices.c.practice == practice.practice)
    await tx.execute(changed.values(_row(tx, practice)))


def _row(tx: Transaction, practice: Practice) -> dict[str, Any]:
    return {
        "revision": practice.revision,
        "status": practice.status,
        "wording": practice.wording.model_dump(mode="json"),
        "changed_at": tx.now,
    }


def _practice(row: RowMapping) -> Practice:
    own = {name: row[name] for name in ("practice", "revision", "status")}
    return Practice.model_validate({**row["wording"], **own})
