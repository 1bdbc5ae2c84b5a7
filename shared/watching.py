"""Sees whether the node that a connection leads to still reaches its cluster, and changes to another."""

from __future__ import annotations

import asyncio
import logging

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

log = logging.getLogger(__name__)

ASK_SECONDS = 1.5
# A cluster that draws a new leader does not answer for five seconds: no reason to leave a good node.
UNANSWERED = 3


async def run_watch(client: Client) -> None:
    """Ask the cluster over this connection for ever; leave a node where three askings in a row get no answer.

    A node that is cut off from the others answers the connection's own pings: only what the others must
    answer tells. With one node there is nowhere else to go, and nobody asks.
    """
    unanswered, js = 0, client.jetstream(timeout=ASK_SECONDS)
    while has_others(client):
        await asyncio.sleep(ASK_SECONDS)
        unanswered = 0 if await _is_answered(js) else unanswered + 1
        if unanswered == UNANSWERED:
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


async def _is_answered(js: JetStreamContext) -> bool:
    try:
        await js.account_info()
    except (NatsError, OSError):
        return False
    return True
