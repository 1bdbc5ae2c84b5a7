"""What happens at the model's desk, on a real database: events arrive, rules judge, people decide."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy import text as sql

from services.model import commands, store
from services.model import tables as model_tables
from services.model.decisions import Wish
from services.model.handlers import events
from services.model.records import Record
from services.model.versions import PublishedVersion
from shared import backbone
from shared.auth import Account
from shared.backbone import audit, outbox
from shared.db import Database
from shared.events import Event
from tests.model.given import REASON, subject

PASSWORD = "salasana-jota-ei-arvaa"
TOKENS = {"expert": "token-of-an-expert", "coach": "token-of-a-coach"}
EXPERT = Account("expert", frozenset({"expert"}))


async def clear(database: Database) -> None:
    """Empty every table."""
    tables = (*backbone.metadata.tables, *model_tables.metadata.tables)
    async with database.engine.begin() as conn:
        await conn.execute(sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY"))


def bearer(role: str) -> dict[str, str]:
    """The header of a program that acts for an account with one role."""
    return {"Authorization": f"Bearer {TOKENS[role]}"}


async def sign_in(site: httpx.AsyncClient, role: str) -> None:
    """Start a browser's session."""
    answer = await site.post("/admin/sign-in", data={"name": role, "password": PASSWORD})
    assert answer.status_code == 303


async def send(site: httpx.AsyncClient, page: str, action: str, **fields: str) -> httpx.Response:
    """Send the form of a page as a browser does, with its hidden fields."""
    shown = (await site.get(page)).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    return await site.post(action, data=hidden | fields, headers={"Accept": "text/html"})


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
