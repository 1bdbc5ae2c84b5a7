"""A service that is told to end (SIGTERM) in the middle of its work: a real process, real load, nothing half-done."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from nats.aio.client import Client
from nats.js.api import DiscardPolicy
from sqlalchemy import func, insert, select, text

from deploy.embedded import Stack
from deploy.embedded.supervisor import PATIENCE_SECONDS
from services.campaign.tables import stories
from shared.backbone import inbox, outbox
from shared.db import Database
from shared.events import InsightReleased, StoryPublished
from shared.streams import ACK_WAIT_SECONDS, Durable, connect, ensure_streams
from tests.campaign.given import insight
from tests.shared.given import NOW, story, until

pytestmark = pytest.mark.system

STARTING_SECONDS = 60.0
DURABLE = Durable("campaign", InsightReleased)
TOLD = {
    "title": "Kävellen",
    "text": "Kävelemme palaverissa, ja se toimii.",
    "language": "fi",
    "topic": "community",
    "consent": True,
}


class Campaign:
    """A campaign service in a process of its own, and what it works on."""

    def __init__(self, env: dict[str, str], database: Database, client: Client) -> None:
        self.env = env
        self.database = database
        self.client = client
        self.url = f"http://127.0.0.1:{env['LATU_PORT']}"
        self.taken: list[str] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Process]:
        """A process that is ready; it is killed where the test did not end it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.campaign"),
            env=os.environ | self.env,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            async with httpx.AsyncClient(timeout=5) as http:

                async def is_ready() -> bool:
                    assert process.returncode is None
                    with suppress(httpx.TransportError):
                        return (await http.get(f"{self.url}/health/ready")).is_success
                    return False

                await until(is_ready, STARTING_SECONDS)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def tell_stories(self) -> None:
        """Send one story after the other until nobody takes them; each that got a 201 is written down."""
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            with suppress(httpx.TransportError):
                while (answer := await http.post("/api/stories", json=TOLD)).status_code == 201:
                    self.taken.append(answer.json()["story"])

    async def release(self, first: int, count: int) -> None:
        """Findings come in over the stream."""
        for number in range(first, first + count):
            event = insight(f"i{number:05}")
            headers = {"ce-id": f"f{number:05}", "ce-type": event.type_name(), "ce-revision": "1"}
            body = event.model_dump_json().encode()
            await self.client.jetstream().publish(event.subject, body, headers=headers)

    async def emit(self, rows: int, words: str = "Kokemus") -> None:
        """Rows wait in the outbox, as commands would have put them there."""
        async with self.database.transaction() as tx:
            first = tx._row("0", story(text=words))
            keys = [f"o{number:05}" for number in range(rows)]
            here = {"occurred_at": NOW}
            told = [first | here | {"id": key, "key": key, "subject": story(key).subject} for key in keys]
            await tx.execute(insert(outbox), told)

    async def count(self, table, *where) -> int:
        """Rows of a table."""
        async with self.database.transaction() as tx:
            return int(await tx.value(select(func.count()).select_from(table).where(*where)))

    async def handled(self) -> int:
        return await self.count(inbox, inbox.c.event_id.like("f%"))

    async def unpublished(self) -> int:
        return await self.count(outbox, outbox.c.published_at.is_(None))


@pytest.fixture
async def campaign(servers: Stack, nats_url: str, fresh_database, tmp_path: Path) -> AsyncIterator[Campaign]:
    (tmp_path / "key").write_bytes(b"0" * 64)
    address = await fresh_database("campaign")
    env = {
        "LATU_HOME": str(tmp_path),
        "LATU_SECRET_FILE": str(tmp_path / "key"),
        "LATU_PORT": str(_free_port()),
        "LATU_DATABASE_URL": address,
        "LATU_STAFF_DATABASE_URL": await fresh_database("staff"),
        "LATU_NATS_URL": nats_url,
    }
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    database = Database(address, connections=3)
    yield Campaign(env, database, client)
    await database.close()
    await client.close()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def in_stream(campaign: Campaign) -> int:
    """Published stories that lie in the stream."""
    subjects = f"{StoryPublished.roots()[0]}.>"
    info = await campaign.client.jetstream().stream_info("PUBLIC", subjects_filter=subjects)
    return sum((info.state.subjects or {}).values())


async def ended(process: Process) -> float:
    """Tell it to end; returns the seconds it took. It must say that it ended well."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await process.wait() == 0
    return time.monotonic() - began


async def test_who_ends_in_the_middle_has_done_what_it_answered_and_gives_back_the_rest(
    campaign: Campaign,
) -> None:
    findings, rows = 150, 2000
    await campaign.emit(rows)
    async with campaign.running() as process:
        telling = [asyncio.create_task(campaign.tell_stories()) for _ in range(3)]
        releasing = asyncio.create_task(campaign.release(0, findings))

        async def is_busy() -> bool:
            return await campaign.handled() > 10 and len(campaign.taken) > 5

        await until(is_busy, 30)
        await ended(process)
        await asyncio.gather(releasing, *telling)
    handled = await campaign.handled()
    assert handled < findings, "it ended before the work did"
    assert await campaign.count(stories) == len(campaign.taken)
    published = rows - await campaign.unpublished()
    assert await in_stream(campaign) == published
    async with campaign.running() as process:

        async def is_caught_up() -> bool:
            return await campaign.handled() == findings and not await campaign.unpublished()

        await until(is_caught_up, ACK_WAIT_SECONDS - 5)
        assert await in_stream(campaign) == rows
        assert not (await campaign.client.jetstream().consumer_info("PUBLIC", DURABLE.name)).num_ack_pending
        await ended(process)


async def test_a_request_that_has_begun_is_answered_and_no_other_is_taken(campaign: Campaign) -> None:
    body = json.dumps(TOLD).encode()
    head = f"POST /api/stories HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    address = ("127.0.0.1", int(campaign.env["LATU_PORT"]))
    async with campaign.running() as process:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(head.encode() + body[:20])
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGTERM)

        async def is_closed() -> bool:
            with suppress(OSError):
                _, other = await asyncio.open_connection(*address)
                other.close()
                return False
            return True

        await until(is_closed)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        writer.write(body[20:])
        assert b" 201 " in await reader.readline()
        writer.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await process.wait() == 0
    assert await campaign.count(stories) == 1


async def test_work_that_waits_for_the_database_is_given_up_whole(campaign: Campaign) -> None:
    """Timers, handlers and requests all hang in their transactions when it is told to end."""
    async with campaign.running() as process, campaign.database.transaction() as tx:
        await tx.execute(text("LOCK TABLE themes, posts, stories IN ACCESS EXCLUSIVE MODE"))
        telling = asyncio.create_task(campaign.tell_stories())
        await campaign.release(0, 20)

        async def hangs() -> bool:
            waiting = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            return int(await tx.value(waiting)) >= 2

        await until(hangs)
        await ended(process)
        await telling
    assert (await campaign.handled(), await campaign.count(stories)) == (0, 0)
    async with campaign.running() as process:

        async def is_caught_up() -> bool:
            return await campaign.handled() == 20

        await until(is_caught_up, ACK_WAIT_SECONDS - 5)
        await ended(process)


async def test_a_process_before_a_full_stream_does_not_grow(campaign: Campaign) -> None:
    """100 MB wait in the outbox, and the stream takes nothing: they stay where they are."""
    async with campaign.running() as process:
        jetstream = campaign.client.jetstream()
        config = (await jetstream.stream_info("PUBLIC")).config
        await jetstream.update_stream(dataclasses.replace(config, max_msgs=20, discard=DiscardPolicy.NEW))
        memory = psutil.Process(process.pid).memory_info
        before = memory().rss
        await campaign.emit(25_000, "x" * 4_000)

        async def is_refused() -> bool:
            async with httpx.AsyncClient() as http:
                told = (await http.get(f"{campaign.url}/metrics")).text
            return any(
                float(count) > 3 for count in re.findall(r'relay_tries_total{.*"failed".*} (.*)', told)
            )

        await until(is_refused, 20)
        most = 0
        for _ in range(40):
            most = max(most, memory().rss)
            await asyncio.sleep(0.1)
        assert most - before < 60_000_000
        await ended(process)
    assert await campaign.unpublished() >= 25_000 - 20
