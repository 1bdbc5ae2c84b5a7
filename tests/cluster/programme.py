"""One run: faults drawn from a seed, one after the other, while stories flow; then what came of it."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.cluster.flow import LISTENER, TELLER, Flow, FreshDatabase, flowing, longest_gap
from tests.cluster.ring import Ring

STREAM = "PUBLIC"
LONGEST_GAP_SECONDS = 10.0
PACE_SECONDS = 0.1
PEACE_SECONDS = 2.0
# Longer than a gap may be: who gets through it does not wait for its end.
FAULT_SECONDS = 11.0
RELAY, CONSUMER = f"latu-{TELLER}-relay", f"latu-{LISTENER}"

KILL, PAUSE, CUT = "kill the leader", "pause a node", "cut a node off"
CUT_RELAY, CUT_CONSUMER = "cut off the relay's node", "cut off the consumer's node"
OWN_CUTS = (CUT_RELAY, CUT_CONSUMER)
ALL = (KILL,) * 5 + (PAUSE,) * 3 + (CUT,) * 3 + OWN_CUTS

Say = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    seed: int
    faults: Counter[str]
    published: int
    handled: int
    twice: int
    longest_gap: float
    longest_delay: float
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, nothing done twice and no gap was too long."""
        return self.published == self.handled and not self.twice and self.longest_gap <= LONGEST_GAP_SECONDS

    def as_line(self) -> dict[str, Any]:
        """The figures as one JSON object."""
        own = self.faults[CUT_RELAY] + self.faults[CUT_CONSUMER]
        return {
            "seed": self.seed,
            "leader_kills": self.faults[KILL],
            "pauses": self.faults[PAUSE],
            "cuts": self.faults[CUT] + own,
            "cuts_of_own_node": own,
            "published": self.published,
            "handled": self.handled,
            "lost": self.published - self.handled,
            "twice": self.twice,
            "longest_gap_s": round(self.longest_gap, 2),
            "longest_delay_s": round(self.longest_delay, 2),
            "seconds": round(self.seconds, 1),
        }


@dataclass
class Run:
    """A ring, a flow over it, and chance."""

    ring: Ring
    flow: Flow
    chance: random.Random
    say: Say

    async def suffer(self, fault: str) -> None:
        """One fault, its end, and peace again."""
        began = time.time()
        victim = await self._victim(fault)
        await self._begin(fault, victim)
        await asyncio.sleep(FAULT_SECONDS)
        self._end(fault, victim)
        await self.ring.wait_until_whole()
        await asyncio.sleep(PEACE_SECONDS)
        moments = [at for _, at in await self.flow.handled() if at >= began]
        self.say(f"{fault} ({victim}): longest gap {longest_gap([began, *moments]):.1f} s")

    async def _victim(self, fault: str) -> str:
        if fault == KILL:
            return await self.ring.leader(STREAM)
        relay, consumer = await self.ring.where(RELAY), await self.ring.where(CONSUMER)
        if fault == CUT_RELAY:
            return relay
        if fault == CUT_CONSUMER:
            return consumer
        others = sorted(set(self.ring.nodes) - ({relay, consumer} if fault == CUT else set()))
        return self.chance.choice(others)

    async def _begin(self, fault: str, victim: str) -> None:
        if fault == KILL:
            await self.ring.kill(victim)
        elif fault == PAUSE:
            self.ring.pause(victim, signal.SIGSTOP)
        else:
            self.ring.cut(victim)

    def _end(self, fault: str, victim: str) -> None:
        if fault == KILL:
            self.ring.children[victim].start()
        elif fault == PAUSE:
            self.ring.pause(victim, signal.SIGCONT)
        else:
            self.ring.mend(victim)


async def run(
    seed: int, ring: Ring, fresh_database: FreshDatabase, say: Say, faults: Sequence[str] = ALL
) -> Report:
    """Start three nodes, let stories flow, go through the faults in an order of chance, and count."""
    began, chance = time.monotonic(), random.Random(seed)  # noqa: S311
    try:
        await ring.open()
        async with flowing(fresh_database, ring.url) as flow:
            telling = asyncio.create_task(flow.tell(PACE_SECONDS))
            await asyncio.sleep(PEACE_SECONDS)
            one = Run(ring, flow, chance, say)
            for fault in chance.sample(faults, len(faults)):
                await one.suffer(fault)
            flow.enough.set()
            await telling
            await flow.drain()
            handled = await flow.handled()
    finally:
        await ring.close()
    first = dict(reversed(handled))
    return Report(
        seed=seed,
        faults=Counter(faults),
        published=len(flow.told),
        handled=len(first),
        twice=len(handled) - len(first),
        longest_gap=longest_gap([at for _, at in handled]),
        longest_delay=max(
            (at - flow.told[key] for key, at in first.items() if key in flow.told), default=0.0
        ),
        seconds=time.monotonic() - began,
    )
