"""Consumers that one message kills: each is a process, forked anew as a supervisor would start it again."""

from __future__ import annotations

import asyncio
import os
import sys

from shared import streams
from shared.db import Database
from shared.events import StoryPublished
from shared.messaging import Handlers, Tx, make_broker, subscribe

KILLER = "killer"
MAX_DELIVER = 5
ACK_WAIT_SECONDS = 0.4
LIFE_SECONDS = 1.5

events = Handlers("coaching")


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: Tx) -> None:
    """Handle a story; the killer ends the process as a fault in a library would."""
    if event.story == KILLER:
        os._exit(9)
    await tx.audit("test", "handled", event.story)


async def live(nats_url: str, database_url: str) -> None:
    """Consume for a while."""
    streams.MAX_DELIVER, streams.ACK_WAIT_SECONDS = MAX_DELIVER, ACK_WAIT_SECONDS
    broker = make_broker(nats_url, "coaching")
    subscribe(broker, events, Database(database_url, connections=2))
    await broker.start()
    await asyncio.sleep(LIFE_SECONDS)
    os._exit(0)


def main() -> None:
    """Start consumers until one lives; print how many were killed."""
    killed = 0
    while True:
        child = os.fork()
        if child == 0:
            asyncio.run(live(sys.argv[1], sys.argv[2]))
        if os.waitpid(child, 0)[1] == 0:
            break
        killed += 1
    print(killed)


if __name__ == "__main__":
    main()
