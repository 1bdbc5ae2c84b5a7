"""What is measured of partners is measured as the broker asks to be spoken to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prometheus_client import REGISTRY

from services.campaign.timers.watching import watch_partners
from shared.db import Database
from shared.settings import Settings
from shared.streams import connect, ensure_streams
from tests.campaign.test_contributions import Desk
from tests.shared.given import until


async def test_a_partners_durable_is_measured_where_the_brokers_password_is_a_file(
    database: Database, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.campaign.timers.watching.EVERY_SECONDS", 0.1)
    await Desk(database).begin()
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    await client.jetstream().add_consumer("ANSWERS", durable_name="kemi", ack_policy="explicit")
    await client.close()
    place = urlsplit(nats_url)
    (tmp_path / "password").write_text(place.password or "")
    without = f"nats://{place.username}@{place.hostname}:{place.port}"
    settings = Settings(nats_url=without, nats_password_file=tmp_path / "password")
    task = asyncio.create_task(watch_partners(database, settings))

    async def told() -> bool:
        labels = {"partner": "kemi", "stream": "ANSWERS"}
        return REGISTRY.get_sample_value("latu_partner_events_waiting", labels) == 0

    await until(told)
    task.cancel()
