"""A world for each service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.db import Database
from shared.streams import connect, ensure_streams
from tests.rebuild.worlds import World


@pytest.fixture
async def world(request: pytest.FixtureRequest, fresh_database, nats_url: str) -> AsyncIterator[World]:
    """The service that the test names by its parameter `service`."""
    name = request.getfixturevalue("service")
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    database = Database(await fresh_database(name), connections=12)
    made = World(name, database, client, nats_url)
    await made.start()
    yield made
    await made.stop()
    await client.close()
    await database.close()
