"""While the database is away consumers wait: nothing is lost, doubled or put aside, and no try is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.client import Client
from sqlalchemy import make_url, select

from deploy.embedded import Stack
from deploy.embedded.postgres import SOCKET_NAME
from shared import consuming, dead_letters
from shared.backbone import audit
from shared.db import Database
from shared.events import StoryPublished
from shared.messaging import Handlers, Tx, make_broker, subscribe
from shared.streams import connect, ensure_streams
from tests.faults.cables import Cable, to_socket
from tests.shared.given import story, until

PATIENCE_SECONDS = 1.0
events = Handlers("coaching")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    await tx.audit("test", "handled", event.story)


class Place:
    """A consumer whose way to its database can be cut; the test itself has a way of its own."""

    def __init__(self, wire: Cable, socket: Path, database: Database, client: Client) -> None:
        self.wire = wire
        self.socket = socket
        self.database = database
        self.client = client

    async def tell(self, *keys: str) -> None:
        for key in keys:
            event = story(key)
            headers = {"ce-id": f"id-{key}", "ce-type": event.type_name(), "ce-revision": "1"}
            said = event.model_dump_json().encode()
            await self.client.jetstream().publish(event.subject, said, headers=headers)

    async def handled(self) -> list[str]:
        async with self.database.transaction() as tx:
            rows = await tx.all(select(audit.c.subject).where(audit.c.action == "handled"))
        return sorted(row["subject"] for row in rows)

    async def wait_for(self, *keys: str) -> None:
        async def are_there() -> bool:
            return await self.handled() == list(keys)

        await until(are_there)


@pytest.fixture
async def place(
    servers: Stack, fresh_database, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    monkeypatch.setattr("shared.streams.ACK_WAIT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(consuming, "LONGEST_WAIT_SECONDS", PATIENCE_SECONDS / 3)
    address = await fresh_database("coaching")
    wire = Cable(to_socket(servers.sockets / SOCKET_NAME))
    socket = tmp_path / SOCKET_NAME
    await wire.listen(socket)
    by_wire = make_url(address).update_query_dict({"host": str(tmp_path)})
    cuttable, direct = Database(by_wire, connections=2), Database(address, connections=2)
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    broker = make_broker(nats_url, "coaching")
    subscribe(broker, events, cuttable)
    await broker.start()
    yield Place(wire, socket, direct, client)
    await broker.stop()
    await client.close()
    await cuttable.close()
    await wire.close()
    await direct.close()


async def test_an_outage_of_the_database_is_waited_out(place: Place) -> None:
    await place.tell("s0")
    await place.wait_for("s0")
    gone = place.socket.rename(place.socket.with_name("gone"))
    place.wire.cut()
    await place.tell("s1", "s2", "s3")
    await asyncio.sleep(4 * PATIENCE_SECONDS)
    assert await place.handled() == ["s0"]
    gone.rename(place.socket)
    await place.wait_for("s0", "s1", "s2", "s3")
    info = await place.client.jetstream().consumer_info("PUBLIC", events.durables()[0].name)
    assert info.delivered is not None
    assert info.delivered.consumer_seq == 4  # none was delivered twice
    async with place.database.transaction() as tx:
        assert await dead_letters.count_waiting(tx) == 0
