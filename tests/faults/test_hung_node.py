"""A node of the broker that takes nothing any more, with something half sent to it: the client goes to the next one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client

from shared import messaging, streams
from tests.faults.cables import HOLE_OUT, Cable, to_port
from tests.shared.given import until

# As over a network: what the kernel takes of a large message at once is not all of it.
WINDOW_BYTES = 4_096
LARGE = b"x" * 900_000
LEAVE_SECONDS = 20.0
PIECES = 4
Connect = Callable[[str], Awaitable[Client]]


async def by_itself(url: str) -> Client:
    return await streams.connect(url, "test")


async def by_faststream(url: str) -> Client:
    return await messaging.make_broker(url, "test").connect()


@pytest.fixture
async def nodes(nats_url: str) -> AsyncIterator[tuple[Cable, Cable]]:
    """Two ways to one broker, which the client takes for two nodes."""
    cables = Cable(to_port(urlsplit(nats_url).port or 0)), Cable(to_port(urlsplit(nats_url).port or 0))
    for cable in cables:
        await cable.listen(window=WINDOW_BYTES)
    yield cables
    for cable in cables:
        await cable.close()


async def fill(client: Client) -> None:
    """Publish until not all of it can be sent."""
    for _ in range(PIECES):
        await client.publish("latu.test.large", LARGE)
    await asyncio.sleep(0.1)
    assert client._transport is not None
    assert client._transport._io_writer.transport.get_write_buffer_size() > 0  # type: ignore[attr-defined]


async def test_it_ends_while_it_looks_for_a_node(nodes: tuple[Cable, Cable], nats_url: str) -> None:
    broker = messaging.make_broker(f"{nats_url.rpartition(':')[0]}:{nodes[0].port}", "test")
    await broker.start()
    nodes[0].severed = True
    nodes[0].cut()
    client = await broker.connect()

    async def is_looking() -> bool:
        return client.is_reconnecting

    await until(is_looking, LEAVE_SECONDS)
    async with asyncio.timeout(LEAVE_SECONDS):
        await broker.stop()
    assert client.is_closed


@pytest.mark.parametrize("connect", [by_itself, by_faststream])
async def test_a_node_is_left_although_what_was_sent_to_it_cannot_be_sent(
    nodes: tuple[Cable, Cable], nats_url: str, connect: Connect
) -> None:
    access = nats_url.rpartition(":")[0]
    client = await connect(",".join(f"{access}:{cable.port}" for cable in nodes))
    hung = next(cable for cable in nodes if client.connected_url and client.connected_url.port == cable.port)

    async def is_elsewhere() -> bool:
        return client.connected_url is not None and client.connected_url.port != hung.port

    with hung.suffering(HOLE_OUT):
        await fill(client)
        await until(is_elsewhere, LEAVE_SECONDS)
        await client.flush()
    async with asyncio.timeout(LEAVE_SECONDS):
        await client.close()


async def test_closing_does_not_wait_for_a_node_that_takes_nothing(
    nodes: tuple[Cable, Cable], nats_url: str
) -> None:
    client = await by_itself(f"{nats_url.rpartition(':')[0]}:{nodes[0].port}")
    with nodes[0].suffering(HOLE_OUT):
        await fill(client)
        async with asyncio.timeout(LEAVE_SECONDS):
            await client.close()
