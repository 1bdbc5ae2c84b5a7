"""What the tests of coaching do and look at in its database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from services.coaching import commands, tables
from services.coaching.organisations import Organisation
from services.coaching.outcomes import Measurement
from services.coaching.playbook import Playbook
from services.coaching.store import playbooks
from services.coaching.visits import Intent, Visit
from shared import backbone
from shared.backbone import audit, outbox
from shared.db import Database, Transaction
from tests.coaching.given import TODAY, practice

LIBRARY = (practice("p1"), practice("p2", topics=("wellbeing",)))


def organisation(key: str = "o1", **more: Any) -> Organisation:
    return Organisation(**{"organisation": key, "label": f"Workplace {key}", "size": "10-49", **more})


async def empty(tx: Transaction) -> None:
    """Take every row out of the database."""
    for metadata in (backbone.metadata, tables.metadata):
        for table in reversed(metadata.sorted_tables):
            await tx.execute(delete(table))


async def start(database: Database, *clients: Organisation) -> None:
    async with database.transaction() as tx:
        await commands.seed_library(tx, LIBRARY)
        await commands.add_organisations(tx, "ann", clients or (organisation(),))


async def book_of(database: Database, key: str = "o1") -> Playbook:
    async with database.transaction() as tx:
        return await playbooks.load_playbook(tx, key)


async def items_of(database: Database, key: str = "o1") -> list[tuple[str, str]]:
    return [(item.practice, item.status) for item in (await book_of(database, key)).items]


async def emitted(database: Database, name: str) -> list[Any]:
    async with database.transaction() as tx:
        wanted = select(outbox).where(outbox.c.type == f"latu.coaching.{name}.v1").order_by(outbox.c.position)
        return list(await tx.all(wanted))


async def audited(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return [row["action"] for row in await tx.all(select(audit).order_by(audit.c.position))]


async def agree(database: Database, *names: str, key: str = "o1", visit: str = "v1") -> dict[str, str]:
    made = Visit(visit=visit, visited_on=TODAY, note="…", actions=tuple(Intent(practice=n) for n in names))
    async with database.transaction() as tx:
        return await commands.record_visit(tx, "ann", key, made)


async def measure(database: Database, action: str, *, kept: bool = True, after: float = 7) -> str:
    measurement = Measurement(before=4, after=after, kept=kept, measured_on=TODAY)
    async with database.transaction() as tx:
        return await commands.record_outcome(tx, "ann", action, measurement)
