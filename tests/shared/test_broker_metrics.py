"""What the real broker tells of itself becomes metrics, and a node that is away is told as away."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import REGISTRY

from deploy.embedded import Stack
from shared.broker_metrics import METRICS, ask
from shared.streams import ensure_streams


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    METRICS.said = {}


async def test_a_node_tells_its_streams_messages_and_disk(servers: Stack, nats_url: str) -> None:
    await ensure_streams(nats_url)
    async with httpx.AsyncClient() as http:
        METRICS.said = {"1": await ask(http, servers.monitor_url), "2": await ask(http, "http://127.0.0.1:1")}
    assert REGISTRY.get_sample_value("latu_nats_up", {"node": "1"}) == 1
    assert REGISTRY.get_sample_value("latu_nats_up", {"node": "2"}) == 0
    assert REGISTRY.get_sample_value("latu_nats_messages_total", {"node": "1", "way": "in"})
    assert REGISTRY.get_sample_value("latu_nats_storage_limit_bytes", {"node": "1"})
    streams = {
        sample.labels["stream"]
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "latu_nats_stream_messages"
    }
    assert streams == {"PUBLIC", "INTERNAL", "ANSWERS", "PARTNER", "ADVISORIES"}


async def test_nobody_asked_tells_nothing() -> None:
    assert REGISTRY.get_sample_value("latu_nats_up", {"node": "1"}) is None


async def test_an_answer_that_is_no_answer_counts_as_none() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    async with httpx.AsyncClient(transport=transport) as http:
        assert await ask(http, "http://broker") is None
