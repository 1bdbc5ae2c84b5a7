"""Questionnaires, rounds and imports in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.survey.forms import Form, form_of
from services.survey.questionnaires import Questionnaire
from services.survey.rounds import Round
from services.survey.tables.answers import answers
from services.survey.tables.rounds import imports, questionnaires, rounds
from shared.db import Transaction
from shared.errors import NotFound
from shared.vocabulary import vocabulary


@dataclass(frozen=True)
class Listed:
    """A round in a list, with how many answers it has and from how many organisations that gave a name."""

    round: Round
    answers: int
    organisations: int


async def save_questionnaire(tx: Transaction, questionnaire: Questionnaire) -> bool:
    """Keep a version of a questionnaire; False when that version is already kept with other questions."""
    document = questionnaire.model_dump(mode="json")
    new = upsert(questionnaires).values(
        code=questionnaire.code, version=questionnaire.version, document=document, created_at=tx.now
    )
    same = new.on_conflict_do_update(index_elements=["code", "version"], set_={"code": questionnaire.code})
    return bool(await tx.value(same.returning(questionnaires.c.document)) == document)


async def load_questionnaire(tx: Transaction, code: str) -> Questionnaire | None:
    """The newest version of a questionnaire."""
    versions = select(questionnaires.c.document).where(questionnaires.c.code == code)
    document = await tx.value(versions.order_by(questionnaires.c.version.desc()).limit(1))
    return None if document is None else Questionnaire.model_validate(document)


async def save_round(tx: Transaction, round_: Round, version: int) -> bool:
    """Keep a new round; False when there is one of that name."""
    row = {
        "round": round_.round,
        "status": round_.status,
        "document": round_.model_dump(mode="json"),
        "questionnaire": round_.questionnaire,
        "version": version,
    }
    new = upsert(rounds).values(created_at=tx.now, changed_at=tx.now, **row).on_conflict_do_nothing()
    return await tx.run(new) == 1


async def save_status(tx: Transaction, round_: Round) -> None:
    """Keep the round's new status."""
    row = {"status": round_.status, "document": round_.model_dump(mode="json"), "changed_at": tx.now}
    await tx.run(update(rounds).where(rounds.c.round == round_.round).values(row))


async def load_form(tx: Transaction, code: str) -> Form:
    """A round with all that it asks.

    Raises:
        NotFound: there is no such round.
    """
    # Every answer needs it: it is read anew only when the row has changed, which xmin tells.
    version = await tx.value(_VERSION, {"round": code})
    if version is None:
        raise NotFound("no_such_round", "There is no such round.")
    known = _forms.get(code)
    if known is None or known[0] != version:
        known = (version, await _read_form(tx, code))
        _forms[code] = known
    return known[1]


_forms: dict[str, tuple[str, Form]] = {}


_VERSION = text("SELECT concat(xmin, ' ', changed_at) FROM rounds WHERE round = :round")


async def _read_form(tx: Transaction, code: str) -> Form:
    row = await tx.first(
        select(rounds.c.document, questionnaires.c.document.label("questions"))
        .select_from(rounds.join(questionnaires))
        .where(rounds.c.round == code)
    )
    if row is None:
        raise NotFound("no_such_round", "There is no such round.")
    questionnaire = Questionnaire.model_validate(row["questions"])
    return form_of(Round.model_validate(row["document"]), questionnaire, vocabulary())


async def load_round(tx: Transaction, code: str) -> Round | None:
    """A round, locked against other changes of its status."""
    row = select(rounds.c.document).where(rounds.c.round == code).with_for_update(key_share=True)
    document = await tx.value(row)
    return None if document is None else Round.model_validate(document)


async def list_rounds(tx: Transaction, *, status: str = "") -> list[Round]:
    """The rounds, newest first; only those with the status, where one is named."""
    query = select(rounds.c.document).order_by(rounds.c.created_at.desc(), rounds.c.round)
    if status:
        query = query.where(rounds.c.status == status)
    return [Round.model_validate(row["document"]) for row in await tx.all(query)]


async def list_rounds_with_counts(tx: Transaction) -> list[Listed]:
    """The rounds for staff, newest first."""
    counted = (
        select(
            answers.c.round,
            func.count().label("answers"),
            func.count(answers.c.organisation.distinct()).label("organisations"),
        )
        .group_by(answers.c.round)
        .subquery()
    )
    query = (
        select(rounds.c.document, counted.c.answers, counted.c.organisations)
        .select_from(rounds.outerjoin(counted, counted.c.round == rounds.c.round))
        .order_by(rounds.c.created_at.desc(), rounds.c.round)
    )
    return [
        Listed(Round.model_validate(row["document"]), row["answers"] or 0, row["organisations"] or 0)
        for row in await tx.all(query)
    ]


async def save_import(tx: Transaction, row: dict[str, Any]) -> None:
    """Keep what an import took in."""
    await tx.execute(insert(imports), row)


async def list_imports(tx: Transaction) -> Sequence[RowMapping]:
    """The imports, newest first."""
    return await tx.all(select(imports).order_by(imports.c.imported_at.desc()).limit(200))


async def load_import(tx: Transaction, code: str) -> RowMapping | None:
    """One import, locked until the transaction ends."""
    return await tx.first(select(imports).where(imports.c["import"] == code).with_for_update())


async def mark_undone(tx: Transaction, code: str) -> None:
    """The import's answers are gone."""
    await tx.run(update(imports).where(imports.c["import"] == code).values(undone_at=tx.now))


async def load_import_of_file(tx: Transaction, round_code: str, file_hash: str) -> str | None:
    """The import by which this file is in the round, if it is."""
    same = (
        (imports.c.round == round_code) & (imports.c.file_hash == file_hash) & imports.c.undone_at.is_(None)
    )
    found = await tx.value(select(imports.c["import"]).where(same))
    return None if found is None else str(found)
