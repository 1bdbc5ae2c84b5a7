"""A hostile partner gets nothing, and would be seen if it got something."""

from __future__ import annotations

import json

import pytest

from deploy.embedded import Stack
from tests.partners.attempts import Attempt
from tests.partners.programme import ATTEMPTS, try_all
from tests.partners.scene import Scene, scene_on

# Each spoilt broker is what one careless change would make of ours.
SPOILT = ("account", "import", "system", "open", "stream", "limits", "unapplied", "door")
PLANTED = [attempt for attempt in ATTEMPTS if attempt.comes_through in SPOILT]


async def test_no_attempt_of_a_hostile_partner_comes_through(broker: Stack) -> None:
    assert len(ATTEMPTS) >= 40
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)
    assert await try_all(broker) == []


async def spoil(scene: Scene, how: str) -> None:
    if how == "account":
        scene.in_the_services_account = True
    elif how == "unapplied":
        scene.asleep = True
    elif how == "system":
        scene.in_the_system_account = True
        await scene.spoil_configuration(
            ('subscribe: "_INBOX.>"', 'subscribe: ">"'), ('publish: ["$SYS', 'publish: [">", "$SYS')
        )
        await scene.apply()
    elif how == "open":
        guessed = '{ user: kemi, password: "password" }'
        await scene.spoil_configuration(("users: [{ user: latu,", f"users: [{guessed}, {{ user: latu,"))
        await scene.apply()
    elif how == "door":
        await scene.spoil_configuration((", allowed_connection_types: [STANDARD]", ""))
        await scene.apply()
    elif how == "import":
        await scene.spoil_configuration(
            ("exports: [", 'exports: [ { service: "$JS.API.>", response_type: stream }')
        )
        everything = '{ service: { account: LATU, subject: "$JS.API.>" }, to: "$JS.latu.API.>" }'
        await scene.apply(
            [
                (r"    \{ service: .*JS\.API\..*\n", ""),
                (r"imports: \[", f"imports: [ {everything}"),
                (r"publish: \[", 'publish: [ "$JS.latu.API.>", '),
            ]
        )
    elif how == "limits":
        await scene.apply([("max_connections: 8, max_subscriptions: 100, max_payload: 65536", "")])
        await change_stream(scene, max_msg_size=-1)
    else:
        wide = {
            "allow_rollup_hdrs": True,
            "allow_atomic": True,
            "allow_msg_schedules": True,
            "discard": "old",
        }
        await change_stream(
            scene, **wide, duplicate_window=60 * 10**9, max_msgs_per_subject=-1, discard_new_per_subject=False
        )
        consumer = {"durable_name": "kemi", "ack_policy": "explicit", "filter_subjects": ["latu.public.>"]}
        body = {"stream_name": "PUBLIC", "config": {**consumer, "ack_wait": 60 * 10**9, "max_waiting": 32}}
        assert scene.ours is not None
        await scene.ours.request("$JS.API.CONSUMER.DURABLE.CREATE.PUBLIC.kemi", json.dumps(body).encode())


async def change_stream(scene: Scene, **fields: object) -> None:
    assert scene.ours is not None
    told = json.loads((await scene.ours.request("$JS.API.STREAM.INFO.PARTNER")).data)["config"]
    body = json.dumps(told | fields).encode()
    answer = json.loads((await scene.ours.request("$JS.API.STREAM.UPDATE.PARTNER", body)).data)
    assert "error" not in answer, answer


@pytest.mark.parametrize("attempt", PLANTED, ids=lambda attempt: attempt.name)
async def test_where_the_broker_is_spoilt_the_attempt_is_seen_to_come_through(
    broker: Stack, attempt: Attempt
) -> None:
    async with scene_on(broker) as scene:
        before = scene.configuration.read_text(encoding="utf-8")
        try:
            await spoil(scene, attempt.comes_through)
            assert await attempt.run(scene)
        finally:
            scene.configuration.write_text(before, encoding="utf-8")


def test_nearly_every_attempt_is_seen_to_come_through_somewhere() -> None:
    assert len(PLANTED) >= 90
