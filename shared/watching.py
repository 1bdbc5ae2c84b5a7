"""Sees whether the node that a connection leads to still reaches its cluster, and changes to another."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from shared.broker_client import open_client

log = logging.getLogger(__name__)

ASK_SECONDS = 1.0
UNANSWERED = 2


async def run_watch(client: Client) -> None:
    """Ask the cluster over this connection for ever; leave a node that gets no answer where others do.

    A node that is cut off from the others answers the connection's own pings: only what the others must
    answer tells. While a cluster draws a leader nobody is answered, and a good node is no reason to leave.
    With one node there is nowhere else to go, and nobody asks.
    """
    unanswered, js = 0, client.jetstream(timeout=ASK_SECONDS)
    while has_others(client):
        await asyncio.sleep(ASK_SECONDS)
        unanswered = 0 if await _is_answered(js) else unanswered + 1
        if unanswered >= UNANSWERED and await _others_are_answered(client):
            unanswered = 0
            await leave_node(client)


def has_others(client: Client) -> bool:
    """Whether there is another node to go to."""
    return len(client.servers) > 1


async def leave_node(client: Client) -> None:
    """Connect to the next node, where there is one."""
    if has_others(client):
        log.warning("leaving a node of the broker that does not answer")
        await client.force_reconnect()


async def _others_are_answered(client: Client) -> bool:
    others = [node.geturl() for node in client.servers if node != client.connected_url]
    return any(await asyncio.gather(*map(_node_is_answered, others)))


async def _node_is_answered(url: str) -> bool:
    with suppress(NatsError, OSError, TimeoutError):
        async with asyncio.timeout(3 * ASK_SECONDS):
            other = await open_client(
                [url], allow_reconnect=False, connect_timeout=ASK_SECONDS, error_cb=_quiet
            )
            try:
                return await _is_answered(other.jetstream(timeout=ASK_SECONDS))
            finally:
                await other.close()
    return False


async def _quiet(_: Exception) -> None:
    """What a node says that is away is told by its not being answered."""


async def _is_answered(js: JetStreamContext) -> bool:
    try:
        await js.account_info()
    except (NatsError, OSError):
        return False
    return True
