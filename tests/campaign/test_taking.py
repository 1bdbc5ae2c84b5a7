"""The queue of what partners send is emptied, whatever lies in it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping

import pytest

from services.campaign import commands, partners, store
from services.campaign.partners import Wish
from services.campaign.timers import take_contributions
from shared.backbone import outbox
from shared.db import Database, Transaction
from shared.events.contributed import Practice, PracticeTakenBack
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


async def _take_all(nats_url: str, database: Database) -> None:
    work = asyncio.create_task(take_contributions(database, Settings(nats_url=nats_url)))
    try:
        async with asyncio.timeout(60):
            await _empty(nats_url)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_what_a_partner_sends_beyond_its_number_costs_no_transaction_and_taking_back_is_heard(
    nats_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, taken = commands.take_contribution, Counter[str]()

    async def counted(tx: Transaction, subject: str, said: Mapping[str, str], body: bytes) -> str:
        taken[subject.split(".")[2]] += 1
        return await known(tx, subject, said, body)

    await ensure_streams(nats_url)
    async with database.transaction() as tx:
        for name in ("Kemi", "Oulu"):
            await commands.add_partner(tx, Wish(name, contributes=partners.CONTRIBUTIONS), "", "operator")
    monkeypatch.setattr(commands, "take_contribution", counted)
    monkeypatch.setattr("services.campaign.thresholds.CONTRIBUTIONS_A_DAY", 3)
    client = await connect(nats_url, "test")

    async def send(partner: str, key: str, revision: int = 1, type_name: str = Practice.TYPE) -> None:
        said = {**PRACTICE, "key": key, "revision": revision}
        if type_name != Practice.TYPE:
            said = {name: said[name] for name in ("key", "revision", "occurred_at")}
        await client.jetstream().publish(
            f"latu.partner.{partner}.practice", json.dumps(said).encode(), headers=headers(said, type_name)
        )

    for number in range(50):
        await send("kemi", f"k{number}")
    await send("oulu", "o1")
    await send("kemi", "k0", 2, PracticeTakenBack.TYPE)
    await client.close()
    await _take_all(nats_url, database)
    assert taken == {"kemi": 5, "oulu": 1}
    async with database.transaction() as tx:
        ended = await store.load_contribution(tx, "kemi_practice_k0")
    assert ended
    assert ended.status == "withdrawn"


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
    await _take_all(nats_url, database)
    async with database.transaction() as tx:
        rows = await tx.all(outbox.select())
        assert (await commands.accept_contribution(tx, "kemi_practice_c1", 1, "", "editor")).status
    assert [json.loads(row["body"])["reason"] for row in rows] == ["no_event"]
