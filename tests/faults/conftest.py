"""What tests of faults have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from shared.streams import connect, ensure_streams


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    """A connection to a broker whose streams are there and empty."""
    await ensure_streams(nats_url)
    found = await connect(nats_url, "test")
    yield found
    await found.close()
