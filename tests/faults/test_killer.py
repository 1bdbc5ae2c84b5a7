"""A message that ends every process which touches it becomes a dead letter, and takes no other with it."""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy import select

from deploy.embedded.plan import ROOT
from shared import dead_letters
from shared.backbone import audit
from shared.db import Database
from shared.given_up import run_given_up
from shared.streams import connect, ensure_streams
from tests.faults.killed import KILLER, MAX_DELIVER, events
from tests.shared.given import relay_pass, story, until

INNOCENT = [f"s{number}" for number in range(6)]


async def test_a_message_that_kills_is_given_up_and_those_around_it_are_handled(
    fresh_database, nats_url: str
) -> None:
    address = await fresh_database("coaching")
    database = Database(address, connections=3)
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    async with database.transaction() as tx:
        for key in (*INNOCENT[:3], KILLER, *INNOCENT[3:]):
            tx.emit(story(key))
    await relay_pass(database, client)
    listening = asyncio.create_task(run_given_up(database, client, events))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.killed",
        nats_url,
        address,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()

    async def given_up() -> bool:
        async with database.transaction() as tx:
            return [row["key"] for row in await dead_letters.list_letters(tx)] == [KILLER]

    await until(given_up)
    async with database.transaction() as tx:
        handled = await tx.all(select(audit.c.subject).where(audit.c.action == "handled"))
    assert sorted(row["subject"] for row in handled) == INNOCENT
    assert int(said) == MAX_DELIVER
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await client.close()
    await database.close()
