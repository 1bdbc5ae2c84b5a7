"""Events from one process's outbox to another's inbox."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from deploy.embedded import Stack
from shared.migrations import upgrade
from shared.streams import connect, ensure_streams
from tests.bench import limits

SECONDS = 120.0


@dataclass(frozen=True)
class Flow:
    """Events a second from first commit to last effect, and how late an effect is."""

    per_second: float
    p50_ms: float
    p99_ms: float


async def prepare(stack: Stack) -> None:
    """What the services would have made: streams and databases."""
    await ensure_streams(stack.nats_url)
    for service in ("campaign", "coaching"):
        await upgrade(stack.database_url(service), service)


async def measure(stack: Stack, way: str, wanted: int, rate: float) -> Flow:
    """Send `wanted` events at `rate` a second (0: saturated) through two processes of our own.

    `way` is how they are consumed: `latu`, or `peer` for FastStream's own pull subscriber.

    Raises:
        RuntimeError: a process ended early.
        TimeoutError: the events did not all arrive.
    """
    target = [stack.database_url("coaching"), stack.nats_url, str(wanted)]
    origin = [stack.database_url("campaign"), stack.nats_url, str(wanted), str(rate)]
    async with asyncio.timeout(SECONDS), _process("consumer", way, *target) as consumer:
        await _line(consumer)
        async with _process("publisher", *origin) as publisher:
            sent = json.loads(await _line(publisher))
            seen = json.loads(await _line(consumer))
    await _forget(stack)
    return Flow(wanted / (seen["last"] - sent["first"]), seen["p50_ms"], seen["p99_ms"])


@asynccontextmanager
async def _process(name: str, *arguments: str) -> AsyncIterator[Process]:
    argv = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
    process = await asyncio.create_subprocess_exec(*argv, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: Process) -> str:
    line = await process.stdout.readline()  # type: ignore[union-attr]
    if not line:
        raise RuntimeError("a process of the benchmark ended early")
    return line.decode()


async def _forget(stack: Stack) -> None:
    client = await connect(stack.nats_url, "bench")
    jetstream = client.jetstream()
    for consumer in await jetstream.consumers_info("PUBLIC"):
        await jetstream.delete_consumer("PUBLIC", consumer.name)
    await jetstream.purge_stream("PUBLIC")
    await client.close()


@dataclass(frozen=True)
class Raw:
    """The parts without Latu: messages a second, and how late at a steady rate (p50 and p99 in ms)."""

    in_batches: float
    singly: float
    pulled: float
    late: tuple[float, float]


async def raw(stack: Stack, count: int, paced: int, rate: float) -> Raw:
    """Measure the parts on bare servers."""
    client = await connect(stack.nats_url, "bench")
    dsn = {"host": str(stack.sockets), "user": "coaching", "database": "coaching"}
    found = Raw(
        in_batches=await limits.published_per_second(client, count),
        singly=await limits.published_singly_per_second(client, paced),
        pulled=await limits.pulled_and_inserted_per_second(client, dsn, count),
        late=await limits.milliseconds_to_insert(client, dsn, paced, rate),
    )
    await client.close()
    return found
