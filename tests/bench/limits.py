"""The raw limits of this machine, measured in the same run: what the parts do without Latu."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import asyncpg
from nats.aio.client import Client

from tests.bench.given import story

CONNECTIONS = 32
BATCH = 500
SECONDS = 20.0


async def inserts_per_second(dsn: dict[str, Any], count: int) -> float:
    """Durable single-row INSERTs of an answer's size, on 32 connections."""
    pool = await asyncpg.create_pool(**dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)
    await pool.execute(
        "CREATE TABLE IF NOT EXISTS bench_raw (id bigserial PRIMARY KEY, round text, body jsonb)"
    )
    body = json.dumps({f"q{number}": number % 5 for number in range(24)})
    numbers = iter(range(count))

    async def write() -> None:
        async with pool.acquire() as connection:
            for _ in numbers:
                await connection.execute("INSERT INTO bench_raw (round, body) VALUES ($1, $2)", "r", body)

    started = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(CONNECTIONS)))
    took = time.perf_counter() - started
    await pool.execute("DROP TABLE bench_raw")
    await pool.close()
    return count / took


async def copied_per_second(dsn: dict[str, Any], count: int) -> float:
    """Rows of an answer's size by one COPY."""
    connection = await asyncpg.connect(**dsn)
    await connection.execute("CREATE TABLE bench_copy (id bigint PRIMARY KEY, round text, body text)")
    body = json.dumps({f"q{number}": number % 5 for number in range(24)})
    started = time.perf_counter()
    await connection.copy_records_to_table(
        "bench_copy", records=[(number, "r", body) for number in range(count)]
    )
    took = time.perf_counter() - started
    await connection.execute("DROP TABLE bench_copy")
    await connection.close()
    return count / took


async def published_per_second(client: Client, count: int) -> float:
    """Messages of an event's size by atomic batches of 500."""
    body = story("raw").model_dump_json().encode()
    count = max(1, round(count / BATCH)) * BATCH
    started = time.perf_counter()
    for batch in range(count // BATCH):
        headers = {"Nats-Batch-Id": f"raw{batch}"}
        for number in range(1, BATCH):
            await client.publish(
                f"latu.internal.bench.raw.v1.{number}",
                body,
                headers=headers | {"Nats-Batch-Sequence": str(number)},
            )
        last = headers | {"Nats-Batch-Sequence": str(BATCH), "Nats-Batch-Commit": "1"}
        answer = await client.request("latu.internal.bench.raw.v1.last", body, 30, headers=last)
        if b"error" in answer.data:
            raise RuntimeError(answer.data.decode())
    return count / (time.perf_counter() - started)


async def published_singly_per_second(client: Client, count: int) -> float:
    """Messages of an event's size one by one, each acknowledged before the next."""
    body = story("raw").model_dump_json().encode()
    started = time.perf_counter()
    for number in range(count):
        await client.request(f"latu.internal.bench.single.v1.{number}", body, 30)
    return count / (time.perf_counter() - started)


async def pulled_and_inserted_per_second(client: Client, dsn: dict[str, Any], count: int) -> float:
    """Messages pulled 256 at a time, each batch one multi-row INSERT and its acknowledgements."""
    connection = await asyncpg.connect(**dsn)
    await connection.execute("CREATE TABLE bench_pull (id bigint PRIMARY KEY, body text)")
    subscription = await client.jetstream().pull_subscribe(
        "latu.internal.bench.raw.v1.*", "bench-raw", stream="INTERNAL"
    )
    done = 0
    started = time.perf_counter()
    while done < count:
        messages = await subscription.fetch(256, timeout=5)
        rows = [(done + place, message.data.decode()) for place, message in enumerate(messages)]
        await connection.executemany("INSERT INTO bench_pull VALUES ($1, $2)", rows)
        for message in messages:
            await message.ack()
        done += len(messages)
    took = time.perf_counter() - started
    await connection.execute("DROP TABLE bench_pull")
    await connection.close()
    return count / took


async def milliseconds_to_insert(
    client: Client, dsn: dict[str, Any], count: int, rate: float
) -> tuple[float, float]:
    """From before the sender's commit to after the receiver's, at `rate` a second; p50 and p99.

    Each message is one durable INSERT and one publish, then one pull and one INSERT: no outbox, no inbox.
    """
    pool = await asyncpg.create_pool(**dsn, min_size=4, max_size=CONNECTIONS)
    await pool.execute("CREATE TABLE bench_late (side text, id text, body text)")
    delays: list[float] = []
    async with asyncio.timeout(count / rate + SECONDS):
        receiver = asyncio.create_task(_receive(client, pool, count, delays))
        started = time.time()
        await asyncio.gather(
            *(_send(client, pool, number, started + number / rate) for number in range(count))
        )
        await receiver
    await pool.execute("DROP TABLE bench_late")
    await pool.close()
    delays.sort()
    return delays[count // 2] * 1000, delays[int(count * 0.99)] * 1000


async def _send(client: Client, pool: asyncpg.Pool, number: int, when: float) -> None:
    await asyncio.sleep(when - time.time())
    body = story("raw").model_dump_json()
    headers = {"sent": str(time.time())}
    await pool.execute("INSERT INTO bench_late VALUES ('sent', $1, $2)", str(number), body)
    await client.publish(f"latu.internal.bench.late.v1.{number}", body.encode(), headers=headers)


async def _receive(client: Client, pool: asyncpg.Pool, count: int, delays: list[float]) -> None:
    subscription = await client.jetstream().pull_subscribe(
        "latu.internal.bench.late.v1.*", "bench-late", stream="INTERNAL"
    )
    while len(delays) < count:
        messages = await subscription.fetch(256, timeout=5)
        rows = [("seen", message.subject, message.data.decode()) for message in messages]
        await pool.executemany("INSERT INTO bench_late VALUES ($1, $2, $3)", rows)
        now = time.time()
        delays += [now - float((message.headers or {})["sent"]) for message in messages]
        for message in messages:
            await message.ack()
