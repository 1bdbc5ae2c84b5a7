"""Whoever torments the stack: kills, pauses, cuts and poisons, by chance that the seed decides."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from deploy.embedded.plan import SERVICES
from tests.faults.crashing import POINTS, arm, disarm
from tests.faults.poison import Poisoner
from tests.faults.stage import Stage, pause

# How often each comes in one shuffled deck.
DECK = {"kill": 4, "kill nats": 1, "kill postgres": 1, "pause": 2, "cut": 5, "poison": 1, "point": 4}
LONGEST_PAUSE_SECONDS = 1.2
LONGEST_CUT_SECONDS = 0.6


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

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(count for name, count in self.done.items() if name.startswith("kill "))

    @property
    def cuts(self) -> int:
        """How many times the connections of a cable were cut."""
        return sum(count for name, count in self.done.items() if name.startswith("cut "))

    def points(self) -> Counter[str]:
        """How many processes died at each crash point; none is armed any more."""
        self._armed.subtract(disarm(self.stage.points))
        return +self._armed

    async def run(self, most: int) -> None:
        """Do at most so many things; whatever it began is over when it is cancelled."""
        acts: dict[str, Callable[[], Awaitable[str]]] = {
            "kill": self._kill_service,
            "kill nats": lambda: self._kill("nats"),
            "kill postgres": lambda: self._kill("postgres"),
            "pause": self._pause,
            "cut": self._cut,
            "poison": self._poison,
            "point": self._arm,
        }
        for _ in range(most):
            await asyncio.sleep(self.chance.uniform(0.3, 1.7) * self.pace)
            if not self._deck:
                self._deck = [kind for kind, count in DECK.items() for _ in range(count)]
                self.chance.shuffle(self._deck)
            name = await acts[self._deck.pop()]()
            if name:
                self.done[name] += 1

    async def _kill_service(self) -> str:
        return await self._kill(self.chance.choice(SERVICES))

    async def _kill(self, name: str) -> str:
        return f"kill {name}" if self.stage.kill(name) else ""

    async def _pause(self) -> str:
        name = self.chance.choice((*SERVICES, "nats", "postgres"))
        family = self.stage.family(name)
        pause(family, signal.SIGSTOP)
        try:
            await asyncio.sleep(self.chance.uniform(0.1, LONGEST_PAUSE_SECONDS))
        finally:
            pause(family, signal.SIGCONT)
        return f"pause {name}" if family else ""

    async def _cut(self) -> str:
        service = self.chance.choice(SERVICES)
        kind = self.chance.choice(("database", "broker", "door"))
        cable = getattr(self.stage.cables[service], kind)
        cable.severed = self.chance.random() < 0.5
        try:
            found = cable.cut()
            if cable.severed:
                await asyncio.sleep(self.chance.uniform(0.05, LONGEST_CUT_SECONDS))
        finally:
            cable.severed = False
        return f"cut {kind} of {service}" if found else ""

    async def _poison(self) -> str:
        await self.poisoner.drop()
        return "poison"

    async def _arm(self) -> str:
        """Arm the crash point that was armed least often so far."""
        point = min(POINTS, key=lambda one: (self._armed[one], self.chance.random()))
        if arm(self.stage.points, point):
            self._armed[point] += 1
        return "point"
