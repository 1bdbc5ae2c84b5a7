"""What happens at the model's desk, on a real database: events arrive, rules judge, people decide."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from services.model import commands, store
from services.model.decisions import Wish
from services.model.handlers import events
from services.model.records import Record
from services.model.versions import PublishedVersion
from shared.auth import Account
from shared.backbone import audit, outbox
from shared.db import Database
from shared.events import Event
from tests.model.given import REASON, subject

EXPERT = Account("expert", frozenset({"expert"}))


async def arrive(database: Database, *told: Event) -> None:
    """Each event is handled in a transaction of its own; then what became stale is judged."""
    for event in told:
        async with database.transaction() as tx:
            await events.by_event[type(event)](event, tx)
    async with database.transaction() as tx:
        await commands.judge(tx)


async def decide(database: Database, kind: str, key: str = "", **changes: Any) -> Record:
    """A person decides on what they see now."""
    key = key or subject().key
    async with database.transaction() as tx:
        record = await store.load_existing(tx, key)
        fields = {"kind": kind, "revision": record.revision, "reason": REASON}
        return await commands.decide_on(tx, EXPERT, key, Wish.model_validate(fields | changes))


async def publish(database: Database) -> PublishedVersion:
    async with database.transaction() as tx:
        return await commands.publish_version(tx, EXPERT)


async def record(database: Database, key: str = "") -> Record:
    async with database.transaction() as tx:
        return await store.load_existing(tx, key or subject().key)


async def statuses(database: Database) -> dict[str, str]:
    """Practice (or segment) of each recommendation to its status."""
    async with database.transaction() as tx:
        records = await store.list_records(tx)
    return {r.standing.subject.practice: r.standing.status for r in records}


async def emitted(database: Database, kind: type[Event]) -> list[Any]:
    """The events of one type in the outbox, in order."""
    asked = select(outbox.c.body).where(outbox.c.type == kind.type_name()).order_by(outbox.c.position)
    async with database.transaction() as tx:
        return [kind.model_validate(json.loads(row["body"])) for row in await tx.all(asked)]


async def audited(database: Database) -> list[tuple[str, str]]:
    """Who did what, in order."""
    async with database.transaction() as tx:
        rows = await tx.all(select(audit.c.actor, audit.c.action).order_by(audit.c.position))
    return [(row["actor"], row["action"]) for row in rows]
