"""Webhooks over real HTTP: what is sent, what is kept of it, and that nothing keeps a transaction open."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from services.campaign import commands, signatures, store, thresholds, webhooks
from services.campaign.partners import Wish as PartnerWish
from services.campaign.timers.sending import Sender
from services.campaign.webhooks import Endpoint, Room, Wish
from shared.db import Database
from shared.errors import NotFound
from shared.outward import Poster
from shared.settings import Settings
from tests.campaign.conftest import Clock

TYPE = "latu.campaign.post_withdrawn.v1"
OTHER = "latu.survey.insight_released.v1"


@dataclass
class Server:
    """A web server that keeps what it gets and answers as it was told, by path."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    delays: dict[str, float] = field(default_factory=dict)
    limit: int = 1000

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split(" ")[1]
            said = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:])}
            self.got.append((path, said, await reader.readexactly(int(said["content-length"]))))
            limited = len(self.got) > self.limit
            if path in self.hangs:
                await asyncio.sleep(60)
            await asyncio.sleep(self.delays.get(path, 0))
            status = self.answers.get(path, "204 No Content")
            if limited:
                status = "429 Too Many Requests\r\nRetry-After: 120"
            writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()

    def events(self, path: str) -> list[str]:
        return [said["webhook-id"] for where, said, _ in self.got if where == path]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    secret = tmp_path / "key"
    secret.write_text("a secret of the tests")
    return Settings(secret_file=secret, webhook_loopback=True)


@pytest.fixture
def sender(database: Database, settings: Settings) -> Sender:
    return Sender(database, settings, Poster(loopback=True), chance=lambda: 0.0)


async def add(database: Database, url: str, *events: str, partner: str = "kemi") -> Endpoint:
    async with database.transaction() as tx:
        if await store.load_partner(tx, partner) is None:
            await commands.add_partner(tx, PartnerWish(partner, ("all",), id=partner), "", "operator")
        return await commands.add_webhook(tx, partner, Wish(url, events), "operator")


async def publish(database: Database, *ids: str, of: str = TYPE) -> None:
    """Put events at the end of the history, as the follower of the stream does."""
    async with database.transaction() as tx:
        for event in ids:
            place = (await store.find_last_position(tx)) + 1
            told = {"specversion": "1.0", "id": event, "source": "/latu/x", "type": of, "subject": "k"}
            told |= {"time": tx.now.isoformat(), "revision": 1, "data": {"post": "k"}}
            row = {"p": place, "id": event, "type": of, "at": tx.now, "e": json.dumps(told)}
            await tx.execute(
                text(
                    "INSERT INTO public_events (position, id, type, key, revision, day, published_at, event) "
                    "VALUES (:p, :id, :type, 'k', 1, '2026-11-24', :at, :e)"
                ),
                row,
            )
            await tx.execute(text("UPDATE public_history SET position = :p"), {"p": place})


async def settle(sender: Sender, turns: int = 4) -> None:
    for _ in range(turns):
        await sender.turn()
        await sender.rest()


async def log_of(database: Database, webhook: str) -> dict[str, tuple[str, int]]:
    async with database.transaction() as tx:
        rows = await store.list_deliveries(tx, webhook, "", 100)
    return {row["event"]: (row["status"], row["attempts"]) for row in rows}


async def found(database: Database, webhook: str) -> Endpoint:
    async with database.transaction() as tx:
        endpoint = await store.load_webhook(tx, webhook)
    assert endpoint is not None
    return endpoint


async def test_an_event_comes_as_a_signed_cloudevent_under_its_own_id(
    database: Database, server: Server, sender: Sender
) -> None:
    real = Database(database.engine.url)  # the library of the standard looks at the clock of the wall
    sender.database = real
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await settle(sender)
    await real.close()
    [(_, said, body)] = server.got
    secret = signatures.derived(sender.master, endpoint.id, 1).secret
    assert Webhook(secret).verify(body, said)["id"] == said["webhook-id"] == "e1"
    event = from_http_event(HTTPMessage(said, body))
    assert (event.get_id(), event.get_type(), event.get_data()) == ("e1", TYPE, {"post": "k"})
    assert await log_of(database, endpoint.id) == {"e1": ("delivered", 1)}


async def test_only_events_that_are_wanted_and_may_be_read_are_sent_from_then_on(
    database: Database, server: Server, sender: Sender
) -> None:
    await publish(database, "before")
    await add(database, f"{server.url}/all")
    await add(database, f"{server.url}/some", "post_withdrawn")
    async with database.transaction() as tx:
        await commands.add_partner(
            tx, PartnerWish("tornio", ("practice_published",), id="tornio"), "", "operator"
        )
    await add(database, f"{server.url}/none", partner="tornio")
    await publish(database, "e1")
    await publish(database, "e2", of=OTHER)
    await settle(sender)
    assert server.events("/all") == ["e1", "e2"]
    assert server.events("/some") == ["e1"]
    assert server.events("/none") == []


async def test_a_suspended_partner_gets_nothing_until_it_is_resumed(
    database: Database, server: Server, sender: Sender
) -> None:
    await add(database, f"{server.url}/hook")
    async with database.transaction() as tx:
        await commands.suspend_partner(tx, "kemi", "operator")
    await publish(database, "e1")
    await settle(sender)
    assert server.got == []
    async with database.transaction() as tx:
        await commands.resume_partner(tx, "kemi", "operator")
    await settle(sender)
    assert server.events("/hook") == ["e1"]


async def test_a_failure_is_sent_again_under_the_same_id_when_it_is_due(
    database: Database, server: Server, sender: Sender, clock: Clock
) -> None:
    server.answers["/hook"] = "500 Internal Server Error"
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await settle(sender)
    assert await log_of(database, endpoint.id) == {"e1": ("waiting", 1)}
    server.answers.clear()
    await settle(sender)
    assert len(server.got) == 1
    clock.move(seconds=6)
    await settle(sender)
    assert server.events("/hook") == ["e1", "e1"]
    assert await log_of(database, endpoint.id) == {"e1": ("delivered", 2)}
    assert (await found(database, endpoint.id)).failures == 0


async def test_a_redirect_is_not_followed(database: Database, server: Server, sender: Sender) -> None:
    server.answers["/hook"] = f"302 Found\r\nLocation: {server.url}/elsewhere"
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await settle(sender)
    assert server.events("/elsewhere") == []
    assert await log_of(database, endpoint.id) == {"e1": ("waiting", 1)}


async def test_gone_disables_an_endpoint_and_tells_staff(
    database: Database, server: Server, sender: Sender
) -> None:
    server.answers["/hook"] = "410 Gone"
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1", "e2")
    await settle(sender)
    after = await found(database, endpoint.id)
    assert (after.status, after.reason) == ("disabled", "gone")
    async with database.transaction() as tx:
        actor = await tx.value(text("SELECT actor FROM audit WHERE action = 'webhook_disabled'"))
    assert actor == "latu"


async def test_an_endpoint_that_is_enabled_again_goes_on_where_it_stopped(
    database: Database, server: Server, sender: Sender
) -> None:
    endpoint = await add(database, f"{server.url}/hook")
    async with database.transaction() as tx:
        await commands.disable_webhook(tx, endpoint.id, "operator")
    await publish(database, "e1", "e2")
    await settle(sender)
    assert server.got == []
    async with database.transaction() as tx:
        await commands.enable_webhook(tx, endpoint.id, "operator")
    await settle(sender)
    assert sorted(server.events("/hook")) == ["e1", "e2"]


async def test_one_that_hangs_delays_no_other(database: Database, server: Server, sender: Sender) -> None:
    server.hangs.add("/hangs")
    await add(database, f"{server.url}/hangs")
    await add(database, f"{server.url}/well")
    await publish(database, "e1")
    await sender.turn()
    async with asyncio.timeout(5):
        while not (server.events("/hangs") and server.events("/well")):
            await asyncio.sleep(0.01)
        await publish(database, "e2")
        while "e2" not in server.events("/well"):
            await sender.turn()
            await asyncio.sleep(0.01)
    assert server.events("/hangs") == ["e1"]
    await sender._stop()


async def test_one_that_limits_is_left_alone_for_as_long_as_it_asks_though_it_took_an_event(
    database: Database, server: Server, sender: Sender, clock: Clock
) -> None:
    server.limit = 1
    await add(database, f"{server.url}/hook")
    await publish(database, "e1", "e2", "e3", "e4")
    await settle(sender)
    await publish(database, "e5")
    clock.move(seconds=6)
    await settle(sender)
    assert len(server.got) == 4
    server.limit = 100
    clock.move(seconds=114)
    await settle(sender)
    assert set(server.events("/hook")) == {"e1", "e2", "e3", "e4", "e5"}


async def test_those_that_answer_well_but_slowly_take_no_room_from_the_quick(
    database: Database, server: Server, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "WEBHOOK_VISITS", 2)
    monkeypatch.setattr(thresholds, "WEBHOOK_SLOW", 0.2)
    server.delays = {"/slow1": 0.3, "/slow2": 0.3}
    for path in server.delays:
        await add(database, server.url + path)
    await publish(database, "e1")
    await settle(sender)
    server.delays = dict.fromkeys(server.delays, 60.0)
    await add(database, f"{server.url}/quick")
    await publish(database, "e2")
    async with asyncio.timeout(10):  # a post may take 15 seconds
        while "e2" not in server.events("/quick"):
            await sender.turn()
            await asyncio.sleep(0.01)
    await sender._stop()


async def test_one_partner_takes_no_more_than_its_share_of_the_room(
    database: Database, server: Server, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "WEBHOOK_VISITS", 4)
    monkeypatch.setattr(thresholds, "WEBHOOK_VISITS_OF_PARTNER", 3)
    for number in range(6):
        server.hangs.add(f"/{number}")
        await add(database, f"{server.url}/{number}")
    await add(database, f"{server.url}/other", partner="tornio")
    await publish(database, "e1")
    async with asyncio.timeout(30):
        while not (server.events("/other") and len(server.got) == 4):
            await sender.turn()
            await asyncio.sleep(0.01)
    await sender.turn()
    assert Counter(one.partner for one in sender.visiting.values()) == {"kemi": 3}
    await sender._stop()


async def test_no_transaction_is_open_while_an_answer_is_awaited(
    database: Database, server: Server, sender: Sender
) -> None:
    server.hangs.add("/hook")
    await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await sender.turn()
    while not server.got:
        await asyncio.sleep(0.01)
    async with database.transaction() as tx:
        open_ones = (
            "state LIKE 'idle in transaction%' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert await tx.value(text(f"SELECT count(*) FROM pg_stat_activity WHERE {open_ones}")) == 0  # noqa: S608
    await sender._stop()


async def test_what_was_sent_but_not_recorded_is_sent_again_under_the_same_id(
    database: Database, server: Server, sender: Sender, clock: Clock
) -> None:
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await sender.turn()
    await sender.rest()
    sender.done.clear()  # as a kill between the answer and the commit leaves it
    await settle(sender)
    assert len(server.got) == 1
    clock.move(seconds=61)
    await settle(sender)
    assert server.events("/hook") == ["e1", "e1"]
    assert await log_of(database, endpoint.id) == {"e1": ("delivered", 1)}


async def test_two_replicas_never_visit_the_same_endpoint(database: Database, server: Server) -> None:
    for number in range(6):
        await add(database, f"{server.url}/{number}")
    await publish(database, "e1")
    room = [Room(False, 4, 6)]
    async with database.transaction() as one, database.transaction() as other:
        first, second = await commands.plan_visits(one, room), await commands.plan_visits(other, room)
    leased = [visit.endpoint.id for visit in (*first, *second)]
    assert len(leased) == len(set(leased)) == 6


async def test_what_was_withdrawn_before_it_could_be_sent_again_is_never_sent(
    database: Database, server: Server, sender: Sender, clock: Clock
) -> None:
    server.answers["/hook"] = "503 Service Unavailable"
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await settle(sender)
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE public_events SET event = NULL"))
    clock.move(seconds=6)
    await settle(sender)
    assert len(server.got) == 1
    assert await log_of(database, endpoint.id) == {"e1": ("withdrawn", 1)}
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await commands.replay_webhook(tx, endpoint.id, "operator", event="e1")


@pytest.mark.parametrize(
    "how", [lambda _: {"event": "e1"}, lambda clock: {"since": clock.now - timedelta(1)}]
)
async def test_what_was_delivered_can_be_sent_again(
    database: Database, server: Server, sender: Sender, clock: Clock, how: Callable[[Clock], dict[str, Any]]
) -> None:
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await settle(sender)
    async with database.transaction() as tx:
        done = await commands.replay_webhook(tx, endpoint.id, "operator", **how(clock))
    assert done == commands.Replayed(1, None)
    await settle(sender)
    assert server.events("/hook") == ["e1", "e1"]


async def test_a_replay_of_more_than_is_sent_at_a_time_says_from_when_there_is_more(
    database: Database, server: Server, sender: Sender, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "WEBHOOK_REPLAYED", 2)
    endpoint, began = await add(database, f"{server.url}/hook"), clock.now
    for event in ("e1", "e2", "e3"):
        await publish(database, event)
        clock.move(seconds=1)
    await settle(sender)
    async with database.transaction() as tx:
        first = await commands.replay_webhook(tx, endpoint.id, "operator", since=began)
        rest = await commands.replay_webhook(tx, endpoint.id, "operator", since=first.rest_since)
    assert first == commands.Replayed(2, began + timedelta(seconds=2))
    assert rest == commands.Replayed(1, None)


async def test_what_a_partner_may_not_read_any_more_is_not_sent_again(
    database: Database, server: Server, sender: Sender, clock: Clock
) -> None:
    server.answers["/hook"] = "503 Service Unavailable"
    endpoint = await add(database, f"{server.url}/hook")
    await publish(database, "e1")
    await publish(database, "e2", of=OTHER)
    await settle(sender)
    async with database.transaction() as tx:
        await commands.change_partner(tx, "kemi", ("insight_released",), (), "operator")
    server.answers.clear()
    clock.move(seconds=6)
    await settle(sender)
    assert server.events("/hook") == ["e1", "e2", "e2"]
    assert await log_of(database, endpoint.id) == {"e1": ("withdrawn", 1), "e2": ("delivered", 2)}


async def test_other_events_are_sent_after_a_change_from_the_same_place_on(
    database: Database, server: Server, sender: Sender
) -> None:
    endpoint = await add(database, f"{server.url}/hook", "post_withdrawn")
    await publish(database, "e1")
    await settle(sender)
    await publish(database, "e2", of=OTHER)
    await publish(database, "e3")
    async with database.transaction() as tx:
        await commands.change_webhook(tx, endpoint.id, ("insight_released",), "operator")
    await settle(sender)
    assert server.events("/hook") == ["e1", "e2"]
    assert await log_of(database, endpoint.id) == {"e1": ("delivered", 1), "e2": ("delivered", 1)}


async def test_a_look_at_a_webhook_or_a_partner_waits_for_nobody(database: Database) -> None:
    endpoint = await add(database, "https://hook.example/latu")
    async with database.transaction() as tx, database.transaction() as other:
        await store.load_partner(tx, "kemi")
        await store.load_webhook(tx, endpoint.id)
        async with asyncio.timeout(10):
            assert await store.find_webhook(other, endpoint.id) == endpoint
            assert await store.find_partner(other, "kemi")


async def test_a_test_is_sent_at_once_and_logged(database: Database, server: Server, sender: Sender) -> None:
    endpoint = await add(database, f"{server.url}/hook")
    async with database.transaction() as tx:
        event = await commands.ping_webhook(tx, endpoint.id, "operator")
    await settle(sender)
    assert json.loads(server.got[0][2])["type"] == webhooks.PING
    assert await log_of(database, endpoint.id) == {event: ("delivered", 1)}


async def test_an_endpoint_that_is_removed_while_it_is_visited_stops_nothing(
    database: Database, server: Server, sender: Sender
) -> None:
    gone, stays = await add(database, f"{server.url}/gone"), await add(database, f"{server.url}/stays")
    await publish(database, "e1")
    await sender.turn()
    await sender.rest()
    async with database.transaction() as tx:
        await commands.remove_webhook(tx, gone.id, "operator")
    await settle(sender)
    assert await log_of(database, stays.id) == {"e1": ("delivered", 1)}


async def test_the_log_is_forgotten_after_thirty_days_but_not_what_waits(
    database: Database, server: Server, sender: Sender, clock: Clock
) -> None:
    well, sick = await add(database, f"{server.url}/well"), await add(database, f"{server.url}/sick")
    server.answers["/sick"] = "500 Internal Server Error"
    await publish(database, "e1")
    await settle(sender)
    clock.move(days=31)
    async with database.transaction() as tx:
        await commands.forget_old_deliveries(tx)
    assert await log_of(database, well.id) == {}
    assert await log_of(database, sick.id) == {"e1": ("waiting", 1)}
