"""The cells of a broker of three nodes: the links between one of them, the leader, and the two others."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy import func, select

from shared import streams
from shared.backbone import outbox
from tests.cluster.flow import Flow, FreshDatabase, events, flowing
from tests.cluster.programme import PACE_SECONDS, STREAM
from tests.cluster.ring import Ring
from tests.faults.cables import Cable, Fault, turned
from tests.faults.stage import ACK_SECONDS
from tests.network.cells import Cell, Result
from tests.network.effects import longest_gap
from tests.network.links import AFTER_SECONDS, BEFORE_SECONDS, BLIND, Say, told
from tests.network.readiness import Listening, untrue

RECOVERY_SECONDS = 30.0
LOOK_SECONDS = 0.2
# A cable, and whether the leader is at the end that is called.
Route = tuple[Cable, bool]


@dataclass
class Nodes:
    """Three nodes over which stories flow; `within` are the seconds in which all must be caught up."""

    ring: Ring
    flow: Flow
    within: float = RECOVERY_SECONDS

    async def suffer(self, cell: Cell) -> Result:
        """One cell: what the leader sends goes out, whichever node it has called or was called by."""
        result, already = Result(cell.link, cell.how), len(self.flow.told)
        listening = self._listening()
        listening.begin()
        self.flow.enough.clear()
        telling = asyncio.create_task(self.flow.tell(PACE_SECONDS))
        try:
            await asyncio.sleep(BEFORE_SECONDS)
            began, ended = await self._spoil(cell, result)
            result.recovery = await self._recovery(ended, listening, result)
            await asyncio.sleep(AFTER_SECONDS)
        finally:
            self.flow.enough.set()
            await telling
            await listening.end()
        result.violations += untrue(listening.words, cell.truth, began, ended)
        await self._check(result, began, ended)
        result.accepted = len(self.flow.told) - already
        return result

    async def _spoil(self, cell: Cell, result: Result) -> tuple[float, float]:
        routes = self._routes(await self.ring.leader(STREAM))
        before, began = _suffered(routes), time.monotonic()
        with ExitStack() as spoilt:
            for cable, called in routes:
                spoilt.enter_context(cable.suffering(_seen(cell.fault, called)))
            await asyncio.sleep(cell.seconds)
        result.suffered = _suffered(routes) - before
        result.violations += [] if result.suffered else [BLIND]
        return began, time.monotonic()

    async def _recovery(self, ended: float, listening: Listening, result: Result) -> float:
        """Wait until all that was told before the end has had its effect; returns the seconds."""
        due = set(self.flow.told)
        try:
            async with asyncio.timeout(self.within):
                await listening.until_ready(ended)
                while due - {key for key, _ in await self.flow.handled()}:
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            result.violations.append(f"{self.within:.0f} s after the fault not all was caught up")
        return time.monotonic() - ended

    async def _check(self, result: Result, began: float, ended: float) -> None:
        """Let all come to rest, and see whether each story has had one effect."""
        await self.ring.wait_until_whole()
        left = await self._left()
        result.violations += [f"not at rest: {left}"] if left else []
        handled, shift = await self.flow.handled(), time.time() - time.monotonic()
        result.gap = longest_gap([at - shift for _, at in handled], began, ended + result.recovery)
        counts = Counter(key for key, _ in handled)
        result.lost = len(self.flow.told.keys() - counts)
        result.doubled = sum(counts[key] - 1 for key, at in handled if at - shift > began)
        result.violations += [f"{result.lost} stories were lost"] if result.lost else []
        result.violations += [f"{result.doubled} stories had an effect twice"] if result.doubled else []

    async def _left(self) -> dict[str, int]:
        """What is on its way still, or nothing as soon as nothing is."""
        client, deadline = await streams.connect(self.ring.url, "rest"), time.monotonic() + self.within
        try:
            while left := await self._moving(client):
                if time.monotonic() > deadline:
                    return left
                await asyncio.sleep(LOOK_SECONDS)
            return {}
        finally:
            await client.close()

    async def _moving(self, client: Client) -> dict[str, int]:
        async with self.flow.teller.transaction() as tx:
            waiting = select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
            found = {"outbox": int(await tx.value(waiting))}
        try:
            for durable in events.durables():
                info = await client.jetstream().consumer_info(durable.stream, durable.name)
                found[durable.name] = (info.num_pending or 0) + (info.num_ack_pending or 0)
        except (NatsError, TimeoutError) as error:
            found[type(error).__name__] = 1
        return {name: count for name, count in found.items() if count}

    def _routes(self, leader: str) -> list[Route]:
        return [
            (cable, there == leader)
            for (here, there), cable in self.ring.links.items()
            if leader in (here, there)
        ]

    def _listening(self) -> Listening:
        ways = {app.state.service.name: httpx.ASGITransport(app=app) for app in self.flow.apps}
        return Listening(
            {name: httpx.AsyncClient(transport=way, base_url="http://x") for name, way in ways.items()}
        )


@asynccontextmanager
async def nodes(
    ring: Ring, fresh_database: FreshDatabase, within: float = RECOVERY_SECONDS
) -> AsyncIterator[Nodes]:
    """Three nodes with a service that tells stories and one that listens; what hangs comes again soon."""
    usual, streams.ACK_WAIT_SECONDS = streams.ACK_WAIT_SECONDS, ACK_SECONDS
    try:
        await ring.open()
        async with flowing(fresh_database, ring.url) as flow:
            yield Nodes(ring, flow, within)
    finally:
        streams.ACK_WAIT_SECONDS = usual
        await ring.close()


async def suffer_all(cells: Sequence[Cell], here: Nodes, say: Say) -> list[Result]:
    """One cell after the other."""
    results = []
    for cell in cells:
        results.append(await here.suffer(cell))
        say(told(results[-1]))
    return results


def _seen(fault: Fault, called: bool) -> Fault:
    return turned(fault) if called else fault


def _suffered(routes: Sequence[Route]) -> int:
    return sum(cable.suffered.total() for cable, _ in routes)
