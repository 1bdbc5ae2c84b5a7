"""Queries on the practice library."""

from __future__ import annotations

from sqlalchemy import RowMapping, select
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


async def save_practice(tx: Transaction, practice: Practice) -> None:
    """Keep a practice in its newest revision."""
    row = {
        "revision": practice.revision,
        "status": practice.status,
        "wording": practice.wording.model_dump(mode="json"),
        "changed_at": tx.now,
    }
    fresh = insert(practices).values(practice=practice.practice, **row)
    await tx.execute(fresh.on_conflict_do_update(index_elements=["practice"], set_=row))


def _practice(row: RowMapping) -> Practice:
    own = {name: row[name] for name in ("practice", "revision", "status")}
    return Practice.model_validate({**row["wording"], **own})
