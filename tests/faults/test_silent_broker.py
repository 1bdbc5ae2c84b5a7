"""A broker that goes silent, with a connection that stays open: the service says so before the connection ends."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from shared.events import Text
from shared.http import Service, make_app
from shared.messaging import Handlers
from shared.settings import Settings
from shared.streams import ensure_streams
from tests.faults.cables import HOLE_BACK, HOLE_OUT, Cable, Fault, to_port
from tests.shared.given import until


@pytest.fixture
async def cable(nats_url: str) -> AsyncIterator[Cable]:
    cable = Cable(to_port(urlsplit(nats_url).port or 0))
    await cable.listen()
    yield cable
    await cable.close()


@pytest.fixture
async def asking(cable: Cable, fresh_database, nats_url: str) -> AsyncIterator[httpx.AsyncClient]:
    await ensure_streams(nats_url)
    settings = Settings(
        database_url=await fresh_database("coaching"),
        staff_database_url=await fresh_database("staff"),
        nats_url=f"{nats_url.rpartition(':')[0]}:{cable.port}",
    )
    service = Service("coaching", Text(fi="Koe", en="Trial"), Path(__file__).parent, Handlers("coaching"), [])
    app = make_app(service, settings)
    way = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=way, base_url="http://x") as client,
    ):
        yield client


@pytest.mark.parametrize("hole", [HOLE_OUT, HOLE_BACK], ids=["to it", "from it"])
async def test_a_broker_that_is_silent_is_said_to_be_away_at_the_first_asking(
    cable: Cable, asking: httpx.AsyncClient, hole: Fault
) -> None:
    async def status() -> str:
        answer = await asking.get("/health/ready", timeout=20)
        assert answer.status_code == 200
        return str(answer.json()["status"])

    async def is_whole() -> bool:
        return await status() == "ready"

    await until(is_whole, 20)
    with cable.suffering(hole):
        began = time.monotonic()
        assert await status() == "degraded"
        assert time.monotonic() - began < 10
    await until(is_whole, 20)
