"""A publisher process: transactions that emit one event each, with the relay beside them, as a service has it."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

from shared.db import Database
from shared.outbox import run_relay
from shared.streams import connect
from tests.bench.given import story

WRITERS = 16


async def main(database_url: str, nats_url: str, wanted: int, rate: float) -> None:
    """Emit `wanted` events, `rate` a second (0: as fast as it goes)."""
    database = Database(database_url, connections=WRITERS + 1)
    client = await connect(nats_url, "bench")
    relay = asyncio.create_task(run_relay(database, client, "campaign"))
    numbers = iter(range(wanted))
    started = time.time()

    async def write() -> None:
        for number in numbers:
            if rate:
                await asyncio.sleep(max(0.0, started + number / rate - time.time()))
            async with database.transaction() as tx:
                tx.emit(story(f"s{number:07}"))

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    print(json.dumps({"first": started}), flush=True)
    await relay  # until we are ended: the relay may still have much to publish


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
