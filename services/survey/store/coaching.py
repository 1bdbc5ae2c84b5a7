"""Survey marks in the database, and who was coached."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.survey.tables.answers import answers
from services.survey.tables.coaching import coached, marks
from shared.db import Transaction


async def save_mark(tx: Transaction, mark: str, organisation: str) -> None:
    """Keep whose mark it is; asked for again, it is the same."""
    row = {"mark": mark, "organisation": organisation, "issued_at": tx.now}
    await tx.execute(upsert(marks).values(row).on_conflict_do_nothing())


async def delete_mark(tx: Transaction, organisation: str) -> None:
    """Forget whose mark it is."""
    await tx.run(delete(marks).where(marks.c.organisation == organisation))


async def list_coached_answers(tx: Transaction, round_code: str, last: int) -> Sequence[RowMapping]:
    """The answers to a round, up to a number, of coached organisations, each with their topics."""
    columns = ("answer", "organisation", "segment", "values", "seq", "received_at")
    query = (
        select(*(answers.c[name] for name in columns), coached.c.state["topics"].label("topics"))
        .join_from(answers, marks, marks.c.organisation == answers.c.organisation)
        .join(coached, (coached.c.key == marks.c.mark) & coached.c.live)
        .where((answers.c.round == round_code) & (answers.c.seq <= last))
        .order_by(answers.c.seq)
    )
    return await tx.all(query)
