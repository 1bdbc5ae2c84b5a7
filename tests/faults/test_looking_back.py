"""A service that starts looks back by itself for what the broker passed over."""

from __future__ import annotations

import pytest

from shared.streams import ensure_durable
from tests.faults.test_terminating import DURABLE, Campaign, campaign, ended
from tests.shared.given import until

__all__ = ["campaign"]

pytestmark = pytest.mark.system


async def test_a_service_handles_what_was_settled_while_it_was_away(campaign: Campaign) -> None:
    js = campaign.client.jetstream()
    await ensure_durable(js, DURABLE)
    await campaign.release(0, 3)
    pull = await js.pull_subscribe_bind(DURABLE.name, DURABLE.stream)
    for message in await pull.fetch(3):
        await message.ack_sync()
    async with campaign.running() as process:

        async def is_handled() -> bool:
            return await campaign.handled() == 3

        await until(is_handled, 20)
        await ended(process)
