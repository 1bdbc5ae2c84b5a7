"""Answers to contributions: each partner reads its own over the broker, and no other."""

from __future__ import annotations

import nats.errors
import pytest
from nats.js.errors import APIError, NotFoundError

from tests.partners.scene import Scene, silence

ANSWER = "latu.answers.campaign.contribution_refused.v1"


async def answers(scene: Scene, partner: str, durable: str) -> list[str]:
    client = await scene.become(partner)
    reader = await client.jetstream(domain="latu").pull_subscribe_bind(durable, "ANSWERS")
    messages = await reader.fetch(10, timeout=1)
    for message in messages:
        await message.ack_sync(timeout=3)
    return [message.subject for message in messages]


async def test_a_partner_reads_the_answers_to_itself_alone(scene: Scene) -> None:
    for partner in ("kemi", "oulu"):
        await scene.tell(f"{ANSWER}.{partner}.{partner}_practice_c1")
    assert await answers(scene, "kemi", "kemi") == [f"{ANSWER}.kemi.kemi_practice_c1"]
    with pytest.raises((TimeoutError, nats.errors.Error, APIError, NotFoundError)):
        await answers(scene, "kemi", "oulu")
    assert await answers(scene, "oulu", "oulu") == [f"{ANSWER}.oulu.oulu_practice_c1"]


async def test_a_partner_cannot_answer_itself_or_listen_beside_its_durable(scene: Scene) -> None:
    client = await scene.become("kemi")
    heard = await client.subscribe("latu.answers.>")
    await client.publish(f"{ANSWER}.kemi.kemi_practice_c1", b"{}")
    await silence(client)
    assert heard.pending_msgs == 0
    assert (await scene.js.stream_info("ANSWERS")).state.messages == 0
