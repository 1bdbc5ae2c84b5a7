"""Whoever torments the stack: kills, pauses, cuts, spoils links and clocks, poisons, by chance that a seed decides."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.faults import cables
from tests.faults.crashing import POINTS, arm, disarm, is_armed
from tests.faults.poison import Poisoner
from tests.faults.stage import Stage, pause

# How often each comes in one shuffled deck.
DECK = {
    "kill": 4,
    "kill node": 1,
    "kill postgres": 1,
    "pause": 2,
    "cut": 5,
    "spoil": 4,
    "turn clock": 2,
    "fill": 1,
    "poison": 1,
    "point": 6,
}
LINKS = ("database", "broker", "door")
SPOILT = {
    "latency": cables.LATENCY,
    "hole": cables.HOLE,
    "hole out": cables.HOLE_OUT,
    "hole back": cables.HOLE_BACK,
    "reset": cables.RESET,
    "truncation": cables.TRUNCATION,
    "slow reader": cables.SLOW_READER,
    "slow writer": cables.SLOW_WRITER,
}
SPOILS = tuple(f"{link} {how}" for link in LINKS for how in SPOILT)
LONGEST_PAUSE_SECONDS = 1.2
LONGEST_CUT_SECONDS = 0.6
LONGEST_SPOILT_SECONDS = 2.0
LONGEST_FULL_SECONDS = 3.0


@dataclass
class Torment:
    """Does something bad every `pace` seconds or so, until it is told to rest."""

    stage: Stage
    poisoner: Poisoner
    chance: random.Random
    pace: float
    done: Counter[str] = field(default_factory=Counter)
    _deck: list[str] = field(default_factory=list)
    _armed: Counter[str] = field(default_factory=Counter)
    _lasting: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return self._count("kill ")

    @property
    def cuts(self) -> int:
        """How many times the connections of a link were cut."""
        return self._count("cut ")

    @property
    def spoilt(self) -> int:
        """How many times a link was slow, lost what goes one way, or ended in the middle."""
        return self._count("spoil ")

    @property
    def fills(self) -> int:
        """How many times a disk was full."""
        return self._count("fill ")

    def _count(self, begin: str) -> int:
        return sum(count for name, count in self.done.items() if name.startswith(begin))

    def points(self) -> Counter[str]:
        """How many processes died at each crash point; none is armed any more."""
        self._armed.subtract(disarm(self.stage.points))
        return +self._armed

    async def run(self, most: int) -> None:
        """Do at most so many things; whatever it began is over when it is cancelled."""
        acts: dict[str, Callable[[], Awaitable[str]]] = {
            "kill": lambda: self._kill(self.chance.choice(self.stage.replicas)),
            "kill node": self._kill_node,
            "kill postgres": lambda: self._kill("postgres"),
            "pause": self._pause,
            "cut": self._cut,
            "spoil": self._spoil,
            "turn clock": self._turn_clock,
            "fill": self._fill,
            "poison": self._poison,
            "point": self._arm,
        }
        async with asyncio.TaskGroup() as self._lasting:
            for _ in range(most):
                await asyncio.sleep(self.chance.uniform(0.3, 1.7) * self.pace)
                if not self._deck:
                    self._deck = [kind for kind, count in DECK.items() for _ in range(count)]
                    self.chance.shuffle(self._deck)
                name = await acts[self._deck.pop()]()
                if name:
                    self.done[name] += 1

    async def _kill(self, name: str) -> str:
        return f"kill {name}" if self.stage.kill(name) else ""

    async def _kill_node(self) -> str:
        name = self.chance.choice(self.stage.nodes)
        return await self._kill(name) if await self.stage.is_whole() else ""

    async def _pause(self) -> str:
        name = self.chance.choice((*self.stage.replicas, *self.stage.nodes, "postgres"))
        if name in self.stage.nodes and not await self.stage.is_whole():
            return ""
        family = self.stage.family(name)
        pause(family, signal.SIGSTOP)
        try:
            await asyncio.sleep(self.chance.uniform(0.1, LONGEST_PAUSE_SECONDS))
        finally:
            pause(family, signal.SIGCONT)
        return f"pause {name}" if family else ""

    async def _cut(self) -> str:
        replica, kind = self.chance.choice(self.stage.replicas), self.chance.choice(LINKS)
        link = self.stage.cables[replica].links[kind]
        severed = self.chance.random() < 0.5
        for cable in link:
            cable.severed = severed
        try:
            found = sum(cable.cut() for cable in link)
            if severed:
                await asyncio.sleep(self.chance.uniform(0.05, LONGEST_CUT_SECONDS))
        finally:
            for cable in link:
                cable.severed = False
        return f"cut {kind} of {replica}" if found else ""

    async def _spoil(self) -> str:
        """Spoil a link in the way that was had least often so far; other things go on meanwhile."""
        name = min(SPOILS, key=lambda one: (self.done[f"spoil {one}"], self.chance.random()))
        kind, _, how = name.partition(" ")
        link = self.stage.cables[self.chance.choice(self.stage.replicas)].links[kind]
        seconds = self.chance.uniform(0.3, LONGEST_SPOILT_SECONDS)
        self._lasting.create_task(_spoil(link, SPOILT[how], seconds))
        return f"spoil {name}"

    async def _turn_clock(self) -> str:
        self.stage.clocks.turn(self.chance.choice(self.stage.replicas))
        return "turn clock"

    async def _fill(self) -> str:
        """Fill a disk; other things go on meanwhile."""
        free = [name for name, disk in self.stage.disks.items() if not disk.is_full]
        if not free:
            return ""
        name = min(free, key=lambda one: (self.done[f"fill {one}"], self.chance.random()))
        seconds = self.chance.uniform(0.5, LONGEST_FULL_SECONDS)
        self._lasting.create_task(self.stage.disks[name].full(seconds))
        return f"fill {name}"

    async def _poison(self) -> str:
        await self.poisoner.drop()
        return "poison"

    async def _arm(self) -> str:
        """Arm the crash point that was armed least often so far, of those that are not.

        One that is seldom come to stays armed until then, and keeps no other from its turn.
        """
        free = [point for point in POINTS if not is_armed(self.stage.points, point)]
        if not free:
            return ""
        point = min(free, key=lambda one: (self._armed[one], self.chance.random()))
        if arm(self.stage.points, point):
            self._armed[point] += 1
        return "point"


async def _spoil(link: Sequence[cables.Cable], fault: cables.Fault, seconds: float) -> None:
    with ExitStack() as spoilt:
        for cable in link:
            spoilt.enter_context(cable.suffering(fault))
        await asyncio.sleep(seconds)
