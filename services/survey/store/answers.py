"""Answers in the database: taken in one by one or in bulk, and read as arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, RowMapping, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB

from services.survey.answers import AnswerSet, Erased, answer_set
from services.survey.forms import Form
from services.survey.store.rounds import load_form
from services.survey.submissions import Given
from services.survey.tables.answers import answer_seq, answers, erased_units
from shared.db import Transaction

# Whoever takes a number for an answer holds this lock shared; whoever must not miss one takes it alone.
NUMBERING = 7_271_001

Outcome = Literal["taken", "repeated", "other_content", "withdrawn", "closed"]
Source = Literal["form", "api", "import"]


@dataclass(frozen=True, slots=True)
class NewText:
    """An open answer on its way into the database; `suggested` when it goes to the practice library."""

    open_answer: str
    question: str
    text: str
    suggested: bool


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer on its way into the database; an imported one has no receipt."""

    answer: str
    round: str
    given: Given
    organisation: str | None
    source: Source
    texts: tuple[NewText, ...] = ()
    import_id: str | None = None
    receipt: str | None = None
    content: str | None = None


# One statement, so that an answer costs one round trip: only while the round is open, once per receipt.
_TAKE = text("""
    WITH open_round AS MATERIALIZED (
        SELECT round FROM rounds
        WHERE round = :round AND status = 'open' AND pg_advisory_xact_lock_shared(:numbering) IS NOT NULL
    ), taken AS (
        INSERT INTO answers (answer, round, organisation, segment, "values", language, source, receipt,
                             content, received_at)
        SELECT :answer, round, :organisation, :segment, :values, :language, :source, :receipt, :content, :now
        FROM open_round
        WHERE NOT EXISTS (SELECT FROM withdrawn_receipts WHERE receipt = :receipt)
        ON CONFLICT (receipt) DO NOTHING
        RETURNING answer
    ), texts AS (
        INSERT INTO open_answers (open_answer, answer, round, question, text, language, suggested)
        SELECT t.open_answer, taken.answer, :round, t.question, t.text, :language, t.suggested
        FROM taken, jsonb_to_recordset(:texts)
            AS t (open_answer text, question text, text text, suggested boolean)
    )
    SELECT EXISTS (SELECT FROM taken)
""").bindparams(
    *(bindparam(name, type_=JSONB) for name in ("segment", "values", "texts")),
    *(bindparam(name, type_=Text) for name in ("organisation", "language", "round", "receipt")),
    bindparam("numbering", type_=BigInteger),
)

_BEFORE = text("""
    SELECT (SELECT content FROM answers WHERE receipt = :receipt) AS content,
           EXISTS (SELECT FROM withdrawn_receipts WHERE receipt = :receipt) AS withdrawn
""")


async def save_answer(tx: Transaction, new: NewAnswer) -> Outcome:
    """Take an answer in, once; says what became of it."""
    row = {
        "answer": new.answer,
        "round": new.round,
        "organisation": new.organisation,
        "segment": new.given.segment,
        "values": new.given.values,
        "language": new.given.language,
        "source": new.source,
        "receipt": new.receipt,
        "content": new.content,
        "now": tx.now,
        "texts": [asdict(written) for written in new.texts],
        "numbering": NUMBERING,
    }
    if await tx.value(_TAKE, row):
        return "taken"
    before = await tx.first(_BEFORE, {"receipt": new.receipt})
    if before and before["content"]:
        return "repeated" if before["content"] == new.content else "other_content"
    return "withdrawn" if before and before["withdrawn"] else "closed"


_ANSWER_COLUMNS = (
    "answer",
    "round",
    "organisation",
    "segment",
    "values",
    "language",
    "source",
    "import",
    "received_at",
)
_TEXT_COLUMNS = ("open_answer", "answer", "round", "question", "text", "language", "suggested")


async def save_many(tx: Transaction, new: Sequence[NewAnswer]) -> None:
    """Take many answers in at once (COPY), numbered in their order."""
    await tx.execute(select(func.pg_advisory_xact_lock_shared(NUMBERING)))
    raw: Any = (await tx.conn.get_raw_connection()).driver_connection
    rows = [_copied(answer, tx.now) for answer in new]
    await raw.copy_records_to_table("answers", columns=_ANSWER_COLUMNS, records=rows)
    texts = [
        (t.open_answer, a.answer, a.round, t.question, t.text, a.given.language, t.suggested)
        for a in new
        for t in a.texts
    ]
    await raw.copy_records_to_table("open_answers", columns=_TEXT_COLUMNS, records=texts)


def _copied(new: NewAnswer, now: datetime) -> tuple[Any, ...]:
    given = new.given
    documents = json.dumps(given.segment), json.dumps(given.values)
    return (
        new.answer,
        new.round,
        new.organisation,
        *documents,
        given.language,
        new.source,
        new.import_id,
        now,
    )


_ROW = (answers.c.answer, answers.c.organisation, answers.c.segment, answers.c["values"], answers.c.seq)


async def load_answer_set(tx: Transaction, round_code: str) -> AnswerSet:
    """The round's answers as arrays, and the units that were erased.

    Raises:
        NotFound: there is no such round.
    """
    form = await load_form(tx, round_code)
    last = await load_last_number(tx)
    chosen = (answers.c.round == round_code) & (answers.c.seq <= last)
    rows = await tx.all(select(*_ROW).where(chosen))
    erased = await list_erased(tx, form, last)
    return form_answers(form, rows, erased)


def form_answers(form: Form, rows: Sequence[RowMapping], erased: Sequence[Erased] = ()) -> AnswerSet:
    """Rows of answers as arrays."""
    by_person = form.round.unit == "person"
    return answer_set(
        form.questionnaire, form.round.frame, [dict(row) for row in rows], erased=erased, by_person=by_person
    )


async def list_answers(
    tx: Transaction, round_code: str, after: int, last: int, limit: int
) -> Sequence[RowMapping]:
    """The next answers of a round above one number up to another, in order."""
    chosen = (answers.c.round == round_code) & (answers.c.seq > after) & (answers.c.seq <= last)
    return await tx.all(select(*_ROW).where(chosen).order_by(answers.c.seq).limit(limit))


async def list_answers_of_units(
    tx: Transaction,
    round_code: str,
    rows: Sequence[Mapping[str, Any]] | Sequence[RowMapping],
    last: int,
    *,
    by_person: bool,
) -> Sequence[RowMapping]:
    """The answers up to a number of the units that some answers are of."""
    names = [] if by_person else sorted({row["organisation"] for row in rows if row["organisation"]})
    own = answers.c.answer.in_([row["answer"] for row in rows])
    chosen = (answers.c.round == round_code) & (answers.c.seq <= last)
    return await tx.all(select(*_ROW).where(chosen & (own | answers.c.organisation.in_(names))))


async def find_organisation(tx: Transaction, round_code: str) -> str | None:
    """One of the organisations that answers to the round name, if any does."""
    named = (answers.c.round == round_code) & answers.c.organisation.is_not(None)
    found = await tx.value(select(answers.c.organisation).where(named).limit(1))
    return None if found is None else str(found)


_PANEL = text("""
    SELECT round, answer, organisation, segment, "values", seq FROM answers
    WHERE round IN (:now, :former) AND seq <= :last AND organisation IN (
        SELECT organisation FROM answers WHERE round = :now
        INTERSECT SELECT organisation FROM answers WHERE round = :former
    )
    ORDER BY seq
""")


async def list_panel(tx: Transaction, now: str, former: str, last: int) -> Sequence[RowMapping]:
    """The answers to two rounds, up to a number, of the organisations that answered both."""
    return await tx.all(_PANEL, {"now": now, "former": former, "last": last})


async def load_last_number(tx: Transaction) -> int:
    """The highest number up to which every answer is either committed or will never be.

    Numbers are taken before commits: without this, an answer could turn up below a release's watermark.
    """
    await tx.execute(select(func.pg_advisory_lock(NUMBERING)))
    try:
        return int(await tx.value(text(f"SELECT last_value FROM {answer_seq.name}")))  # noqa: S608
    finally:
        await tx.execute(select(func.pg_advisory_unlock(NUMBERING)))


async def find_newest(tx: Transaction, round_code: str, since: int, upto: int) -> datetime | None:
    """When the newest of the answers with these numbers was accepted; None where there is none."""
    counted = (answers.c.round == round_code) & (answers.c.seq > since) & (answers.c.seq <= upto)
    query = select(answers.c.received_at).where(counted).order_by(answers.c.seq.desc()).limit(1)
    found: datetime | None = await tx.value(query)
    return found


async def list_erased(tx: Transaction, form: Form, last: int) -> list[Erased]:
    """The erased units of a round up to a number."""
    chosen = (erased_units.c.round == form.round.round) & (erased_units.c.seq <= last)
    return [
        Erased(
            erasure=row["erasure"],
            seq=row["seq"],
            since=row["since"],
            segment=row["segment"],
            items=frozenset(item for code in row["questions"] for item in form.questions[code].items),
        )
        for row in await tx.all(select(erased_units).where(chosen).order_by(erased_units.c.seq))
    ]


async def list_texts(tx: Transaction, round_code: str) -> list[dict[str, str]]:
    """The open answers of a round: question, text and language."""
    rows = await tx.all(
        text("SELECT question, text, language FROM open_answers WHERE round = :round ORDER BY open_answer"),
        {"round": round_code},
    )
    return [dict(row) for row in rows]
