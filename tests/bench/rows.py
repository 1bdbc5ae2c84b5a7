"""The rows of the benchmark."""

from __future__ import annotations

import asyncio
import dataclasses

from deploy.embedded import Stack
from shared.cli.client import Services
from tests.bench import answers, flow, limits

RATE = 300.0


@dataclasses.dataclass(frozen=True)
class Row:
    """One measured thing: Latu, the raw limit and a peer in the same run (0 where there is none)."""

    what: str
    latu: float
    raw: float = 0.0
    peer: float = 0.0


def measure_answers(services: Services, scale: float) -> list[Row]:
    """Answers over HTTP and by import, into the whole running stack."""
    dsn = {"host": str(services.stack.sockets), "user": "survey", "database": "survey"}
    count = int(5000 * scale)
    analysis = answers.seconds_of_analysis(services)
    inserted = asyncio.run(limits.inserts_per_second(dsn, count))
    accepted = answers.accepted_per_second(services, count)
    copied = asyncio.run(limits.copied_per_second(dsn, int(200_000 * scale)))
    imported = answers.imported_per_second(services, int(10_000 * scale))
    return [
        Row("answers accepted a second over HTTP", accepted, inserted),
        Row("answers a second by import", imported, copied),
        Row("seconds to analyse and release 900 answers", analysis),
    ]


async def measure_events(stack: Stack, scale: float) -> list[Row]:
    """Events from outbox to inbox on bare servers: saturated, and how late at a steady rate."""
    count, paced = int(10_000 * scale), int(3000 * scale)
    await flow.prepare(stack)
    raw = await flow.raw(stack, count, paced, RATE)
    saturated = await flow.measure(stack, "latu", count, 0)
    peer = await flow.measure(stack, "peer", count // 4, 0)
    steady = await flow.measure(stack, "latu", paced, RATE)
    late_peer = await flow.measure(stack, "peer", paced, RATE)
    slower, (p50, p99) = min(raw.in_batches, raw.pulled), raw.late
    return [
        Row("events a second, outbox to inbox", saturated.per_second, slower, peer.per_second),
        Row("  raw: published a second, in batches", raw.in_batches),
        Row("  raw: published a second, one by one", raw.singly),
        Row("  raw: pulled and inserted a second", raw.pulled),
        Row(f"ms from commit to effect at {RATE:.0f}/s, p50", steady.p50_ms, p50, late_peer.p50_ms),
        Row(f"ms from commit to effect at {RATE:.0f}/s, p99", steady.p99_ms, p99, late_peer.p99_ms),
    ]
