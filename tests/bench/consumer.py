"""A consumer process: handles stories until it has seen as many as it was told, then prints when and how late."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import datetime

import uvloop
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig

from shared.db import Database
from shared.events import StoryPublished
from shared.messaging import make_broker, subscribe
from shared.streams import CONNECTION
from tests.bench.given import effects, events, on_story_published

SECONDS = 100.0


class Watch:
    """Remembers when each event was committed and how long that was after it was made."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.delays: list[float] = []
        self.done = asyncio.Event()
        self.last = 0.0

    def saw(self, messages: Sequence[Msg]) -> None:
        self.last = time.time()
        made = (
            datetime.fromisoformat((message.headers or {})["ce-time"]).timestamp() for message in messages
        )
        self.delays += [self.last - moment for moment in made]
        if len(self.delays) >= self.wanted:
            self.done.set()

    async def over(self, broker: NatsBroker) -> None:
        """Listen until all that was wanted has come."""
        await broker.start()
        print("ready", flush=True)
        async with asyncio.timeout(SECONDS):
            await self.done.wait()
        await broker.stop()

    def report(self) -> str:
        ordered = sorted(self.delays)
        p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        return json.dumps({"last": self.last, "p50_ms": p50 * 1000, "p99_ms": p99 * 1000})


async def consume(database_url: str, nats_url: str, watch: Watch) -> None:
    """Latu's way: batches, one transaction each, inbox."""
    database = Database(database_url)
    broker = make_broker(nats_url, "coaching")
    (subscriber,) = subscribe(broker, events, database)
    handle = subscriber.handle

    async def handle_and_watch(messages: Sequence[Msg]) -> None:
        await handle(messages)
        watch.saw(messages)

    # Its slots leave no room for another method on the one subscriber.
    setattr(type(subscriber), "handle", lambda _, messages: handle_and_watch(messages))  # noqa: B010
    await watch.over(broker)


async def consume_plainly(database_url: str, nats_url: str, watch: Watch) -> None:
    """The peer: FastStream's own pull subscriber, one transaction an event, acknowledged by the handler."""
    database = Database(database_url)
    broker = NatsBroker(nats_url, logger=None, **CONNECTION)

    @broker.subscriber(
        "latu.public.campaign.story_published.v1.*",
        stream=JStream("PUBLIC", declare=False),
        durable="peer",
        pull_sub=PullSub(batch_size=256, timeout=1.0),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        config=ConsumerConfig(max_ack_pending=2000),
    )
    async def handle(event: StoryPublished) -> None:
        async with database.transaction() as tx:
            await on_story_published(event, tx)
        watch.last = time.time()
        watch.delays.append(watch.last - event.occurred_at.timestamp())
        if len(watch.delays) >= watch.wanted:
            watch.done.set()

    await watch.over(broker)


async def main(way: str, database_url: str, nats_url: str, wanted: int) -> None:
    database = Database(database_url, connections=1)
    async with database.engine.begin() as conn:
        await conn.run_sync(effects.metadata.create_all)
        await conn.execute(effects.delete())
    await database.close()
    watch = Watch(wanted)
    await (consume if way == "latu" else consume_plainly)(database_url, nats_url, watch)
    print(watch.report(), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
