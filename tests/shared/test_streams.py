"""The streams are what the settings say, on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.js import JetStreamContext

from shared.streams import FOR_EVER, Keeping, connect, ensure_streams


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await connect(nats_url, "test")
    yield client.jetstream()
    await client.close()


async def ages(js: JetStreamContext) -> dict[str, float]:
    return {info.config.name or "": info.config.max_age or 0.0 for info in await js.streams_info()}


async def test_streams_keep_everything_unless_they_are_given_an_age(
    nats_url: str, js: JetStreamContext
) -> None:
    await ensure_streams(nats_url, FOR_EVER)
    kept = await ages(js)
    assert {name: kept[name] for name in ("PUBLIC", "INTERNAL", "PARTNER")} == {
        "PUBLIC": 0,
        "INTERNAL": 0,
        "PARTNER": 0,
    }
    await ensure_streams(nats_url, Keeping(days=400))
    kept = await ages(js)
    assert kept["PUBLIC"] == kept["INTERNAL"] == 400 * 86_400
    await ensure_streams(nats_url, FOR_EVER)
    assert (await ages(js))["PUBLIC"] == 0


async def test_what_the_broker_says_of_messages_it_gave_up_is_kept_for_a_while(
    nats_url: str, js: JetStreamContext
) -> None:
    await ensure_streams(nats_url)
    info = await js.stream_info("ADVISORIES")
    assert info.config.max_age == 60 * 86_400
    assert info.config.subjects == [
        "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.*.*",
        "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.*.*",
    ]
