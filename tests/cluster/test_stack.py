"""A stack made with three NATS nodes: its streams lie on each, and it goes on when one is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.embedded import Plan, Stack, find_stack, own_stack
from shared.backbone import inbox
from shared.db import Database
from shared.streams import ADVISORIES, SUBJECTS, connect
from tests.conftest import quick_folder
from tests.shared.given import story, until

NODES = {"latu": "nats", "latu-2": "nats-2", "latu-3": "nats-3"}
SERVICES = ("survey", "campaign")


@pytest.fixture
def stack() -> Iterator[Stack]:
    with quick_folder() as folder:
        plan = Plan(folder / "home", services=SERVICES, any_port=True, durable=False, nats_nodes=3)
        with own_stack(plan) as found:
            yield found


async def tell(stack: Stack, key: str) -> None:
    """Put a story into the outbox of the campaign, and wait until the survey has handled it."""
    teller, listener = (Database(stack.database_url(name)) for name in ("campaign", "survey"))
    async with listener.transaction() as tx:
        before = len(await tx.all(inbox.select()))
    async with teller.transaction() as tx:
        tx.emit(story(key))

    async def is_handled() -> bool:
        async with listener.transaction() as tx:
            return len(await tx.all(inbox.select())) > before

    await until(is_handled, 30)
    await teller.close()
    await listener.close()


async def leader_of(client: Client, stream: str) -> str:
    info = await client.jetstream().stream_info(stream)
    assert info.config.num_replicas == 3
    assert info.cluster is not None
    assert len(info.cluster.replicas or ()) == 2
    return NODES[str(info.cluster.leader)]


def restarts(home: Path, node: str) -> int:
    stack = find_stack(home)
    assert stack is not None
    return next(int(each["restarts"]) for each in stack.status["processes"] if each["name"] == node)


@pytest.mark.system
async def test_streams_lie_on_three_nodes_and_events_flow_when_their_leader_is_killed(stack: Stack) -> None:
    client = await connect(stack.nats_url, "test")
    leaders = {stream: await leader_of(client, stream) for stream in (*SUBJECTS, ADVISORIES)}
    await client.close()
    await tell(stack, "before")
    killed = leaders["PUBLIC"]
    pid = next(each["pid"] for each in stack.status["processes"] if each["name"] == killed)
    os.kill(pid, signal.SIGKILL)
    await tell(stack, "after")

    async def is_whole() -> bool:
        return restarts(stack.home, killed) == 1 and all(stack.health().values())

    await until(is_whole, 30)
    await tell(stack, "once-more")
