"""Queries on survey marks."""

from __future__ import annotations

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.coaching.marks import KeptMark
from services.coaching.tables import survey_marks
from shared.db import Transaction


async def load_mark(tx: Transaction, organisation: str) -> KeptMark | None:
    """The mark that an organisation gave, if it did; locked until the end of the transaction."""
    wanted = select(survey_marks).where(survey_marks.c.organisation == organisation)
    row = await tx.first(wanted.with_for_update())
    return None if row is None else _kept(row)


async def find_mark(tx: Transaction, mark: str) -> tuple[str | None, KeptMark]:
    """Whose mark it is, and what was told of it before; locked until the end of the transaction."""
    row = await tx.first(select(survey_marks).where(survey_marks.c.mark == mark).with_for_update())
    return (None, KeptMark(mark=mark)) if row is None else (row["organisation"], _kept(row))


async def save_mark(tx: Transaction, organisation: str, kept: KeptMark) -> None:
    """Keep a mark and what was told of it."""
    row = {**kept.model_dump(mode="json"), "organisation": organisation}
    fresh = upsert(survey_marks).values(row)
    await tx.execute(fresh.on_conflict_do_update(index_elements=["mark"], set_=row))


async def mark_returned(tx: Transaction, kept: KeptMark) -> None:
    """Forget whose mark it was; its number stays, so that what is told later is newer."""
    row: dict[str, object] = {"organisation": None, "revision": kept.revision, "topics": []}
    await tx.run(update(survey_marks).where(survey_marks.c.mark == kept.mark).values(row))


def _kept(row: RowMapping) -> KeptMark:
    return KeptMark.model_validate({name: row[name] for name in ("mark", "revision", "topics")})
