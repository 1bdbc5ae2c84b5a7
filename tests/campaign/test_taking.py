"""The queue of what partners send is emptied, whatever lies in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest

from services.campaign import commands, partners
from services.campaign.partners import Wish
from services.campaign.timers import take_contributions
from shared.backbone import outbox
from shared.db import Database, Transaction
from shared.settings import Settings
from shared.streams import PARTNER, connect, ensure_streams
from tests.campaign.test_contributions import PRACTICE, headers


async def _empty(url: str) -> None:
    client = await connect(url, "test")
    try:
        while (await client.jetstream().stream_info(PARTNER)).state.messages:
            await asyncio.sleep(0.05)
    finally:
        await client.close()


async def test_every_message_leaves_the_queue_and_is_answered_or_waits(
    nats_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = commands.take_contribution

    async def broken(tx: Transaction, subject: str, said: Mapping[str, str], body: bytes) -> str:
        if body == b"{}":
            raise ZeroDivisionError
        return await known(tx, subject, said, body)

    await ensure_streams(nats_url)
    async with database.transaction() as tx:
        await commands.add_partner(tx, Wish("Kemi", contributes=partners.CONTRIBUTIONS), "", "operator")
    monkeypatch.setattr(commands, "take_contribution", broken)
    monkeypatch.setattr("services.campaign.timers.taking.MOST_DELIVERIES", 1)
    client = await connect(nats_url, "test")
    good = json.dumps(PRACTICE, ensure_ascii=False).encode()
    await client.jetstream().publish("latu.partner.kemi.practice", good, headers=headers(PRACTICE))
    await client.jetstream().publish("latu.partner.kemi.practice", b"{}")
    await client.jetstream().publish("latu.partner.nobody.story", b"{}")
    await client.close()
    work = asyncio.create_task(take_contributions(database, Settings(nats_url=nats_url)))
    try:
        async with asyncio.timeout(60):
            await _empty(nats_url)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    async with database.transaction() as tx:
        rows = await tx.all(outbox.select())
        assert (await commands.accept_contribution(tx, "kemi_practice_c1", 1, "", "editor")).status
    assert [json.loads(row["body"])["reason"] for row in rows] == ["no_event"]
