"""Acts of staff and of people who answer, on a database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text

from services.survey.commands.answers import Accepted, Submission, accept_answer
from services.survey.commands.imports import Report, Upload, import_answers
from services.survey.commands.rounds import create_round
from services.survey.mappings import read_mapping
from shared.backbone import outbox
from shared.db import Database
from shared.events import BY_TYPE, Event
from tests.survey.asked import KEY, QUESTIONNAIRE, raw, round_

HEADER = "Kunta,Koko,Voimat,Toimi,Yritys"
MAPPING: dict[str, Any] = {
    "mapping": "trial",
    "round": round_("imported", status="closed").model_dump(mode="json"),
    "questionnaire": QUESTIONNAIRE.model_dump(mode="json"),
    "segment": {"sub-region": {"column": "Kunta", "recode": "municipality"}, "size": {"column": "Koko"}},
    "values": {"energy": {"column": "Voimat", "recode": "number"}},
    "opens": {"worked": "Toimi"},
    "organisation": "Yritys",
    "language": "fi",
}


def csv_file(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


async def create(database: Database, code: str = "r1", **changes: Any) -> None:
    async with database.transaction() as tx:
        await create_round(tx, round_(code, **changes), QUESTIONNAIRE, "analyst")


async def answer(
    database: Database, nonce: str = "nonce-000000000001", *, organisation: str = "", **changes: Any
) -> Accepted:
    """Answer the round `r1` as a program does."""
    submission = Submission("r1", raw(**changes), nonce, "api", organisation)
    async with database.transaction() as tx:
        return await accept_answer(tx, submission, KEY)


async def bring_in(database: Database, *rows: str, **changes: Any) -> Report:
    """Import rows into the round `imported`."""
    upload = Upload(csv_file(*rows), {**MAPPING, **changes}, "analyst")
    read_mapping(upload.mapping)
    async with database.transaction() as tx:
        return await import_answers(tx, upload, KEY)


async def count(database: Database, table: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.value(select(func.count()).select_from(text(table))))


async def emitted(database: Database) -> list[Event]:
    """The events in the outbox that still say something, in order."""
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox.c.type, outbox.c.body).order_by(outbox.c.position))
    return [BY_TYPE[row["type"]].model_validate_json(row["body"]) for row in rows if row["body"]]
