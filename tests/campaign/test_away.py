"""A partner that was away for a week ends equal to one that never was, whichever way it reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from deploy.embedded import Stack
from deploy.sandbox.history import Said, recorded
from services.campaign import commands
from services.campaign.partners import Wish
from services.campaign.timers.sending import Sender
from services.campaign.webhooks import Wish as Hook
from shared.db import Database
from shared.events import InsightReleased
from shared.following import Heard, Place
from tests.campaign.conftest import Clock
from tests.campaign.test_sending import Server, found, sender, server, settings, settle  # noqa: F401
from tests.campaign.told import keep
from tests.examples.running import Table, table_of
from tests.partners.scene import Scene, scene_on

DAYS = 7
WEEK: list[list[Said]] = [recorded()[day::DAYS] for day in range(DAYS)]
"""What is told on each day; of some things a later revision before an earlier one."""
AT_FIRST = recorded()[0].again("before-the-week", 1)


async def days_pass(database: Database, clock: Clock) -> Any:
    """Day by day what is told is kept in the history, as the follower of the stream does, and old things go."""
    number = 1
    for day in [[AT_FIRST], *WEEK]:
        for said in day:
            await keep(database, [message(said, number, clock)])
            number += 1
        yield
        clock.move(days=1)
        async with database.transaction() as tx:
            await commands.forget_old_deliveries(tx)


def message(said: Said, number: int, clock: Clock) -> Heard:
    return Heard(Place("s1", number), clock.now, said.subject, said.headers(), said.data)


async def pages(site: httpx.AsyncClient, after: str = "beginning") -> tuple[list[dict[str, Any]], str]:
    """All that comes after a cursor, and where one is then."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await site.get("/api/events", params={"after": after, "limit": 5})
        found += answer.json()
        after = answer.headers["Latu-Cursor"]
        if "Link" not in answer.headers:
            return found, after


def right_table() -> Table:
    return table_of(json.loads(said.structured()) for said in [AT_FIRST, *recorded()])


async def test_by_pages_who_was_away_goes_on_from_its_cursor(
    site: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    steady: list[dict[str, Any]] = []
    away: list[dict[str, Any]] = []
    cursor, last_seen = "beginning", ""
    async for _ in days_pass(database, clock):
        fresh, cursor = await pages(site, cursor)
        steady += fresh
        if not last_seen:
            away, last_seen = list(fresh), cursor
    away += (await pages(site, last_seen))[0]
    assert table_of(away) == table_of(steady) == right_table()


async def test_by_webhook_who_was_down_is_disabled_and_gets_everything_when_enabled(
    database: Database,
    clock: Clock,
    server: Server,  # noqa: F811
    sender: Sender,  # noqa: F811
) -> None:
    async with database.transaction() as tx:
        await commands.add_partner(tx, Wish("Kemi", ("all",)), "", "operator")
        hooks = {
            path: await commands.add_webhook(tx, "kemi", Hook(server.url + path, ()), "operator")
            for path in ("/steady", "/away")
        }
    first = True
    async for _ in days_pass(database, clock):
        for _ in range(4):
            await settle(sender)
            clock.move(hours=5)
        if first:
            server.answers["/away"] = "503 Service Unavailable"
            first = False
    assert (await found(database, hooks["/away"].id)).status == "disabled"
    del server.answers["/away"]
    before = len(server.got)
    async with database.transaction() as tx:
        await commands.enable_webhook(tx, hooks["/away"].id, "operator")
    for _ in range(20):
        await settle(sender)
        clock.move(hours=1)
    assert {path for path, _, _ in server.got[before:]} == {"/away"}
    assert received(server, "/away", down_until=before) == received(server, "/steady") == right_table()


def received(server: Server, path: str, down_until: int = 0) -> Table:  # noqa: F811
    """The table of a receiver; of one that was down what it got on the first day and after."""
    got = [
        json.loads(body)
        for number, (where, _, body) in enumerate(server.got)
        if where == path and (number >= down_until or json.loads(body)["subject"] == AT_FIRST.key)
    ]
    return table_of(got)


async def read(client: Client, partner: str) -> list[dict[str, Any]]:
    """What a partner's durable has for it now."""
    reader = await client.jetstream(domain="latu").pull_subscribe_bind(partner, "PUBLIC")
    found: list[dict[str, Any]] = []
    while True:
        try:
            messages = await reader.fetch(100, timeout=1)
        except TimeoutError:
            return found
        for one in messages:
            said = one.headers or {}
            event = {"id": said["ce-id"], "type": said["ce-type"], "subject": said["ce-subject"]}
            found.append({**event, "revision": int(said["ce-revision"]), "data": json.loads(one.data)})
            await one.ack()


async def tell(scene: Scene, told: Iterable[Said]) -> None:
    for said in told:
        await scene.js.publish(said.subject, said.data, headers=said.headers())


@pytest.fixture
async def both(servers: Stack) -> Any:
    """Two partners that read everything."""
    async with scene_on(servers) as scene:
        await scene.js.purge_stream("PUBLIC")
        for name in ("Steady", "Away"):
            await scene.add(name, reads=("all",))
        await scene.apply()
        yield scene


async def test_over_nats_the_durable_keeps_the_place_of_who_was_away(both: Scene) -> None:
    steady, away = await both.become("steady"), await both.become("away")
    await tell(both, [AT_FIRST])
    tables = {"steady": await read(steady, "steady"), "away": await read(away, "away")}
    await away.close()
    for day in WEEK:
        await tell(both, day)
        tables["steady"] += await read(steady, "steady")
    kept = (await both.js.consumer_info("PUBLIC", "away")).config
    assert not kept.inactive_threshold, "a durable that nobody uses must not go"
    tables["away"] += await read(await both.become("away"), "away")
    assert table_of(tables["away"]) == table_of(tables["steady"]) == right_table()


async def test_what_the_stream_kept_no_longer_is_in_the_history(
    both: Scene, site: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """A broker with LATU_STREAM_DAYS below the absence: the durable has a gap, which pages fill from the last id."""
    steady, away = await both.become("steady"), await both.become("away")
    await tell(both, [AT_FIRST])
    tables = {"steady": await read(steady, "steady"), "away": await read(away, "away")}
    await away.close()
    config: StreamConfig = (await both.js.stream_info("PUBLIC")).config
    config.max_age, config.duplicate_window = 1.0, 0.5
    await both.js.update_stream(config)
    async for _ in days_pass(database, clock):
        pass
    for day in WEEK[:-1]:
        await tell(both, day)
        tables["steady"] += await read(steady, "steady")
    while (await both.js.stream_info("PUBLIC")).state.messages:
        await asyncio.sleep(0.1)
    await tell(both, WEEK[-1])
    tables["steady"] += await read(steady, "steady")
    last_seen = tables["away"][-1]["id"]
    tables["away"] += await read(await both.become("away"), "away")
    assert table_of(tables["away"]) != right_table(), "the durable alone has a gap"
    tables["away"] += (await pages(site, last_seen))[0]
    assert table_of(tables["away"]) == table_of(tables["steady"]) == right_table()
    assert InsightReleased.type_name() in {event["type"] for event in tables["away"]}
