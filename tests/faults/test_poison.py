"""A poison message that was begun is in its stream in the end, once."""

from __future__ import annotations

import random

from nats.aio.client import Client

from tests.faults.poison import Poisoner


async def test_a_message_whose_dropping_was_stopped_is_given_once_more(client: Client, nats_url: str) -> None:
    poisoner = Poisoner(nats_url, random.Random(1))  # noqa: S311
    await poisoner.drop()
    poisoner.doses.append(poisoner._next(1))  # stopped before it was sent
    await poisoner.finish()
    await poisoner.finish()  # stopped before it was told of the acknowledgement
    await poisoner.close()
    js = client.jetstream()
    kept = [(await js.stream_info(name)).state.messages for name in ("PUBLIC", "INTERNAL")]
    assert sum(kept) == len(poisoner.doses) == 2
