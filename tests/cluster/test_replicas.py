"""Two replicas of a service share one broker and one database: no leader, and nothing done twice."""

from __future__ import annotations

import asyncio

from shared.db import Transaction
from shared.timers import Timer
from tests.cluster.flow import FreshDatabase, flowing

STORIES = 300


class Watched:
    """A command that notes how often it ran, and how many of it at most at the same time."""

    def __init__(self) -> None:
        self.inside = self.most = self.runs = 0

    async def __call__(self, _: Transaction) -> None:
        self.inside += 1
        self.runs += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(0.02)
        finally:  # at the end of a replica it is interrupted
            self.inside -= 1


async def test_two_replicas_share_the_work_and_run_a_timer_one_at_a_time(
    fresh_database: FreshDatabase, nats_url: str
) -> None:
    watched = Watched()
    timers = [Timer("often", 0.01, watched)]
    async with flowing(fresh_database, nats_url, replicas=1, listeners=2, timers=timers) as flow:
        telling = asyncio.create_task(flow.tell(0.005))
        while len(flow.told) < STORIES:
            await asyncio.sleep(0.05)
        flow.enough.set()
        await telling
        await flow.drain()
        handled, shares = await flow.handled(), await flow.shares()
    assert sorted(key for key, _ in handled) == sorted(flow.told)
    assert len(shares) == 2
    assert min(shares) >= STORIES / 20
    assert watched.runs > 10
    assert watched.most == 1
