"""Public events as they come (Server-Sent Events): nothing lost, nothing doubled, nobody waits for another."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy.pool import QueuePool

from services.campaign import commands, thresholds
from services.campaign.app import service
from services.campaign.public import live
from shared.db import Database
from shared.events import StoryPublished
from shared.http import Server, make_app
from shared.settings import Settings
from shared.streams import ensure_streams
from tests.campaign.given import insight
from tests.campaign.test_events import a_week, read_all, state
from tests.campaign.told import findings, heard, keep, story, story_withdrawn

SECONDS = 30
CONTEXT = ssl.create_default_context()  # made once: it takes longer than all the rest


@dataclass
class Listener:
    """A reader: what it was told, and the id that it would resume from."""

    told: list[dict[str, Any]] = field(default_factory=list)
    last_id: str = ""
    comments: int = 0
    retry: int = 0

    @property
    def subjects(self) -> list[str]:
        return [event["subject"] for event in self.told]

    async def listen(self, address: str, count: int, **query: str) -> None:
        """Read until so many events are told, as a browser does; then go away."""
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(timeout=SECONDS, verify=CONTEXT) as client,
            client.stream("GET", address, params=query, headers=headers) as answer,
        ):
            assert answer.headers["content-type"].startswith("text/event-stream")
            block: list[str] = []
            async for line in answer.aiter_lines():
                if line:
                    block.append(line)
                    continue
                self._take(block)
                block = []
                if len(self.told) >= count:
                    return

    def _take(self, block: list[str]) -> None:
        for line in block:
            name, _, value = line.partition(": ")
            if name == "":
                self.comments += 1
            elif name == "id":
                self.last_id = value
            elif name == "retry":
                self.retry = int(value)
            elif name == "data":
                self.told.append(json.loads(value))


@dataclass
class Site:
    """The campaign behind a real server."""

    app: FastAPI
    server: Server
    port: int

    @property
    def stream(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/events/stream"

    @property
    def live(self) -> live.Live:
        return live.live_of(self.app)

    async def until_listening(self, count: int) -> None:
        async with asyncio.timeout(SECONDS):
            while self.live.readers != count or (count and self.live.newest is None):
                await asyncio.sleep(0.01)


@pytest.fixture
async def served(fresh_database, database: Database) -> AsyncIterator[Site]:
    """Nothing is started that needs a broker."""
    settings = Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        staff_database_url=await fresh_database("staff"),
    )
    app = make_app(service, settings)
    await app.state.database.close()
    app.state.database = database
    async with serving(app, "off") as site:
        yield site
    await app.state.staff_database.close()


@asynccontextmanager
async def serving(app: FastAPI, lifespan: Literal["on", "off"]) -> AsyncIterator[Site]:
    server = Server(uvicorn.Config(app, lifespan=lifespan, log_config=None, timeout_graceful_shutdown=5))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        work = asyncio.create_task(server.serve(sockets=[listening]))
        async with asyncio.timeout(SECONDS):
            while not server.started:
                await asyncio.sleep(0.01)
        yield Site(app, server, port)
        server.should_exit = True
        await work


async def test_a_reader_without_a_cursor_is_told_what_comes_from_now_on(
    served: Site, database: Database
) -> None:
    await keep(database, findings(3))
    reader = Listener()
    listening = asyncio.create_task(reader.listen(served.stream, 2))
    await served.until_listening(1)
    await keep(database, findings(2, start=4))
    await listening
    assert reader.subjects == ["i4", "i5"]
    assert reader.told[0]["data"] == insight("i4").model_dump(mode="json")
    assert 2000 <= reader.retry <= 6000


async def test_a_reader_resumes_at_every_place_there_is(served: Site, database: Database) -> None:
    messages = [*findings(12), heard(90, story()), *findings(3, start=13), heard(91, story_withdrawn())]
    await keep(database, messages)
    ids = [one.headers["ce-id"] for one in messages]
    told = [one for one in ids if not one.startswith("story_published")]
    for place, cursor in enumerate(["beginning", *ids[:-1]]):
        rest = [one for one in ids[place:] if one in told]
        reader = Listener(last_id=cursor)
        await reader.listen(served.stream, len(rest))
        assert [event["id"] for event in reader.told] == rest


async def test_nothing_is_lost_or_doubled_by_who_is_cut_off_again_and_again(
    served: Site, database: Database
) -> None:
    """A reader goes away after one to four events and comes back, while events go on coming."""
    total = 120

    async def write() -> None:
        for start in range(1, total, 3):
            await keep(database, findings(3, start=start))
            await asyncio.sleep(0.005)

    writing = asyncio.create_task(write())
    reader = Listener(last_id="beginning")
    turn = 0
    while len(reader.told) < total:
        turn += 1
        await reader.listen(served.stream, min(total, len(reader.told) + 1 + turn % 4))
    await writing
    assert reader.subjects == [f"i{n}" for n in range(1, total + 1)]


async def test_many_readers_at_different_places_are_all_told_everything(
    served: Site, database: Database
) -> None:
    await keep(database, findings(20))
    readers = [Listener(last_id="beginning" if n % 2 else f"insight_released-i{n}-1") for n in range(1, 21)]
    listening = [
        asyncio.create_task(reader.listen(served.stream, 30 if n % 2 else 30 - n))
        for n, reader in enumerate(readers, start=1)
    ]
    for start in range(21, 31):
        await keep(database, findings(1, start=start))
        await asyncio.sleep(0.01)
    await asyncio.gather(*listening)
    for n, reader in enumerate(readers, start=1):
        assert reader.subjects == [f"i{m}" for m in range(1 if n % 2 else n + 1, 31)]


async def test_who_was_away_for_a_week_ends_equal_to_who_listened(
    served: Site, site: httpx.AsyncClient, database: Database
) -> None:
    week = a_week()
    always, late = Listener(last_id="beginning"), Listener(last_id="beginning")
    listening = asyncio.create_task(always.listen(served.stream, len(week)))
    await served.until_listening(1)
    for message in week:
        before = len(always.told)
        await keep(database, [message])
        while len(always.told) == before and not listening.done():
            await asyncio.sleep(0.005)
    await listening
    await late.listen(served.stream, len(week) - 1)
    told_to_both = {event["id"] for event in late.told}
    assert state([event for event in always.told if event["id"] in told_to_both]) == state(late.told)
    assert state(late.told) == state(await read_all(site))


async def test_a_reader_of_few_types_is_moved_on_by_heartbeats(
    served: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "EVENT_STREAM_HEARTBEAT", 0.1)
    reader = Listener()
    listening = asyncio.create_task(reader.listen(served.stream, 1, types="story_published"))
    await served.until_listening(1)
    await keep(database, findings(3))
    async with asyncio.timeout(SECONDS):
        while reader.last_id != "insight_released-i3-1":
            await asyncio.sleep(0.01)
    assert (reader.told, reader.comments > 1) == ([], True)
    await keep(database, [heard(9, story())])
    await listening
    assert reader.subjects == ["s1"]


async def test_what_was_withdrawn_is_not_told_to_who_comes_late(served: Site, database: Database) -> None:
    await keep(database, [*findings(1), heard(2, story()), *findings(1, start=3)])
    early = Listener(last_id="beginning")
    await early.listen(served.stream, 3)
    async with database.transaction() as tx:
        await commands.forget_public_events(tx, StoryPublished, "s1")
    late = Listener(last_id="beginning")
    await late.listen(served.stream, 2)
    assert (early.subjects, late.subjects) == (["i1", "s1", "i3"], ["i1", "i3"])


async def test_readers_that_wait_hold_no_connection_to_the_database(
    served: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", SECONDS)
    readers = [Listener() for _ in range(30)]
    listening = [asyncio.create_task(reader.listen(served.stream, 1)) for reader in readers]
    await served.until_listening(30)
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    async with asyncio.timeout(SECONDS):
        while pool.checkedout():
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    assert pool.checkedout() == 0
    await keep(database, findings(1))
    await asyncio.gather(*listening)
    assert {reader.subjects[0] for reader in readers} == {"i1"}


async def test_one_too_many_is_told_to_come_again(
    served: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "EVENT_STREAMS", 2)
    listening = [asyncio.create_task(Listener().listen(served.stream, 1)) for _ in range(2)]
    await served.until_listening(2)
    async with httpx.AsyncClient(verify=CONTEXT) as client:
        answer = await client.get(served.stream)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    await keep(database, findings(1))
    await asyncio.gather(*listening)


async def test_those_who_come_at_once_are_not_more_than_the_bound(
    served: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "EVENT_STREAMS", 2)
    most, known = 0, live.Live.reading

    @contextmanager
    def counted(self: live.Live) -> Iterator[None]:
        nonlocal most
        with known(self):
            most = max(most, self.readers)
            yield

    monkeypatch.setattr(live.Live, "reading", counted)
    listening = [asyncio.create_task(Listener().listen(served.stream, 1)) for _ in range(12)]
    await asyncio.wait(listening, timeout=2)
    await keep(database, findings(1))
    await asyncio.gather(*listening, return_exceptions=True)
    assert most == 2


async def test_who_does_not_read_is_let_go_and_delays_nobody(
    served: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for it is bounded: the server's buffer, and that of the socket."""
    monkeypatch.setattr(thresholds, "EVENT_STREAM_PATIENCE", 0.5)
    await keep(database, findings(1))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1024)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    writer.write(b"GET /api/events/stream?after=beginning HTTP/1.1\r\nHost: x\r\n\r\n")
    await served.until_listening(1)
    other = Listener()
    listening = asyncio.create_task(other.listen(served.stream, 60))
    await served.until_listening(2)
    large = insight("i1").sentence.model_copy(update={"fi": "pitkä " * 20_000})
    for start in range(2, 62):
        await keep(database, [heard(start, insight(f"i{start}", sentence=large))])
    await listening
    await served.until_listening(0)
    assert len(other.told) == 60
    writer.close()
    again = Listener(last_id="insight_released-i1-1")
    await again.listen(served.stream, 60)
    assert again.subjects == other.subjects
    assert reader is not None


async def test_streams_end_politely_when_the_process_does(served: Site, database: Database) -> None:
    await keep(database, findings(1))
    readers = [Listener() for _ in range(5)]
    listening = [asyncio.create_task(reader.listen(served.stream, 1)) for reader in readers]
    await served.until_listening(5)
    began = time.monotonic()
    served.server.should_exit = True
    await asyncio.gather(*listening)  # a body that is cut off would raise here
    assert time.monotonic() - began < 3


async def test_an_unknown_cursor_is_refused_before_anything_is_streamed(served: Site) -> None:
    async with httpx.AsyncClient(verify=CONTEXT) as client:
        answer = await client.get(served.stream, headers={"Last-Event-ID": "nobody"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown_cursor")


async def test_no_proxy_is_to_keep_or_hold_back_a_stream(served: Site, database: Database) -> None:
    await keep(database, findings(1))
    async with (
        httpx.AsyncClient(verify=CONTEXT) as client,
        client.stream("GET", served.stream, params={"after": "beginning"}) as answer,
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_an_event_goes_from_its_commit_through_the_broker_to_a_reader(
    fresh_database, nats_url: str
) -> None:
    await ensure_streams(nats_url)
    settings = Settings(
        database_url=await fresh_database("campaign"),
        staff_database_url=await fresh_database("staff"),
        nats_url=nats_url,
    )
    app = make_app(service, settings)
    database: Database = app.state.database
    async with serving(app, "on") as site:
        reader = Listener()
        listening = asyncio.create_task(reader.listen(site.stream, 2))
        await site.until_listening(1)
        async with database.transaction() as tx:
            first = tx.emit(story())
            second = tx.emit(story_withdrawn("s9"))
        await listening
    assert [event["id"] for event in reader.told] == [first, second]
    assert reader.told[0]["data"] == story().model_dump(mode="json")
    assert {"correlationid", "time", "source"} <= set(reader.told[0])
