"""Erasing answers: what goes, and the little that stays so that figures do not tell who went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from services.survey.erasing import GoneUnit
from services.survey.store.answers import NUMBERING
from services.survey.tables.answers import erased_units, erasures, withdrawn_receipts
from shared.db import Transaction

_ONE_AT_A_TIME = 7_271_002

# The cell of a unit is the one that its first answer named, which need not be among those that go.
_GOING = """
    SELECT a.answer, a.seq, a.round, a.organisation, a.receipt, first.segment,
           ARRAY(SELECT jsonb_object_keys(a."values")) AS questions
    FROM answers a
    CROSS JOIN LATERAL (
        SELECT segment FROM answers b
        WHERE b.round = a.round AND (b.answer = a.answer OR b.organisation = a.organisation)
        ORDER BY b.seq LIMIT 1
    ) first
    WHERE a.{column} = :value
    ORDER BY a.seq
"""
_SUGGESTED = """
    SELECT open_answer FROM open_answers JOIN answers a USING (answer)
    WHERE a.{column} = :value AND suggested ORDER BY open_answer
"""
_DELETE = "DELETE FROM answers a WHERE a.{column} = :value"


async def lock_numbering(tx: Transaction) -> None:
    """Imports and erasures go one after another; each may number many rows."""
    await tx.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    await tx.execute(select(func.pg_advisory_xact_lock_shared(NUMBERING)))


async def list_going(tx: Transaction, column: str, value: str) -> list[dict[str, Any]]:
    """The answers whose `column` - receipt, organisation or import - has the value."""
    return [dict(row) for row in await tx.all(text(_GOING.format(column=column)), {"value": value})]


async def list_suggested(tx: Transaction, column: str, value: str) -> list[str]:
    """The open answers among them that went to the practice library."""
    rows = await tx.all(text(_SUGGESTED.format(column=column)), {"value": value})
    return [str(row["open_answer"]) for row in rows]


async def delete_answers(tx: Transaction, column: str, value: str) -> None:
    """Delete the answers, and with them their texts."""
    await tx.run(text(_DELETE.format(column=column)), {"value": value})


async def save_erasure(tx: Transaction, row: dict[str, Any], units: Sequence[GoneUnit]) -> None:
    """Keep that something was erased, and of each unit the cell and the questions it had answered."""
    await tx.execute(insert(erasures), row)
    if units:
        await tx.execute(
            insert(erased_units),
            [
                {
                    "erasure": row["erasure"],
                    "round": unit.round,
                    "since": unit.since,
                    "segment": unit.segment,
                    "questions": sorted(unit.questions),
                }
                for unit in units
            ],
        )


async def mark_withdrawn(tx: Transaction, receipts: Sequence[str]) -> None:
    """Never take these receipts' answers in again."""
    if receipts:
        rows = [{"receipt": receipt, "withdrawn_at": tx.now} for receipt in receipts]
        await tx.execute(upsert(withdrawn_receipts).on_conflict_do_nothing(), rows)


async def list_erasures(tx: Transaction) -> Sequence[RowMapping]:
    """The erasures, newest first."""
    return await tx.all(select(erasures).order_by(erasures.c.erased_at.desc()).limit(200))
