"""The series of cuts: what each took, and whether that holds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.powercut.machines import Machine, database, lone_broker, three_nodes
from tests.powercut.truth import Truth, read_truth
from tests.powercut.work import Place, Work

# How long the work goes on before a cut.
SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 4.0
# What was promised before a cut may still be on its way to us; after it nothing is promised.
HEAR_SECONDS = 0.5

Say = Callable[[str], None]
MAKERS = {"broker": lone_broker, "database": database, "three nodes": three_nodes}


@dataclass(frozen=True)
class Series:
    """So many cuts of the same servers; a `control` has them as they come, or as somebody might set them."""

    servers: tuple[str, ...]
    cuts: int
    control: bool = False
    longest: float = LONGEST_SECONDS

    @property
    def name(self) -> str:
        """What loses power."""
        return " and ".join(self.servers)


CONTROLS = tuple(Series((name,), 1, control=True) for name in MAKERS)
ALL = (
    Series(("broker",), 3),
    Series(("database",), 3),
    Series(("three nodes",), 2),
    Series(("broker", "database"), 2),
    *CONTROLS,
)
SHORT = tuple(Series(("broker",), 1, control, SHORTEST_SECONDS) for control in (False, True))


@dataclass(frozen=True)
class Cut:
    """What was promised since the cut before, and what was found afterwards.

    `committed` and `published` are None where that server was elsewhere and kept its power. `unequal` is
    counted when the work has gone on and everything is published; None in a control, which stops there.
    """

    name: str
    control: bool
    committed: int | None
    published: int | None
    lost: int
    phantoms: int
    unequal: int | None

    @property
    def acknowledged(self) -> int:
        """How many promises the cut could have broken."""
        return (self.committed or 0) + (self.published or 0)

    @property
    def trouble(self) -> str:
        """What does not hold, in a sentence; empty where all does."""
        if self.control:
            return "" if self.lost else f"BLIND: the control of the {self.name} lost nothing"
        if not self.acknowledged:
            return f"EMPTY: nothing was acknowledged by the {self.name} before the cut"
        wrong = {"lost": self.lost, "told by no transaction": self.phantoms, "unequal": self.unequal}
        found = ", ".join(f"{number} {what}" for what, number in wrong.items() if number)
        return f"LOST: a cut of the {self.name}: {found}" if found else ""


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    cuts: Sequence[Cut]
    seconds: float

    @property
    def troubles(self) -> list[str]:
        """What does not hold."""
        return [cut.trouble for cut in self.cuts if cut.trouble]

    def as_line(self) -> dict[str, Any]:
        """The figures as one JSON object."""
        real = [cut for cut in self.cuts if not cut.control]
        controls = [cut for cut in self.cuts if cut.control]
        return {
            "cuts": len(real),
            "acknowledged": sum(cut.acknowledged for cut in real),
            "lost": sum(cut.lost for cut in real),
            "phantoms": sum(cut.phantoms for cut in real),
            "unequal": sum(cut.unequal or 0 for cut in real),
            "controls": len(controls),
            "control_acknowledged": sum(cut.acknowledged for cut in controls),
            "control_lost": sum(cut.lost for cut in controls),
            "troubles": len(self.troubles),
            "seconds": round(self.seconds, 1),
        }


async def run(chosen: Sequence[Series], elsewhere: Place, folder: Path, seed: int, say: Say) -> list[Cut]:
    """Go through the series, each on disks of its own; `elsewhere` is what keeps its power."""
    chance, cuts = random.Random(seed), list[Cut]()  # noqa: S311
    for number, series in enumerate(chosen):
        for cut in await run_series(series, elsewhere, folder / str(number), chance):
            what = f"control of the {cut.name}" if cut.control else cut.name
            say(f"{what}: {cut.acknowledged:,} acknowledged, {cut.lost:,} lost")
            cuts.append(cut)
    return cuts


async def run_series(series: Series, elsewhere: Place, folder: Path, chance: random.Random) -> list[Cut]:
    """Make the servers, and cut their power as often as asked for."""
    async with _machine(series, folder) as machine:
        place = Place(
            machine.database_url or elsewhere.database_url,
            machine.nats_url or elsewhere.nats_url,
            machine.replicas,
        )
        await place.make_empty()
        work, cuts = Work(place, chance), list[Cut]()
        committed, published = 0, 0
        for _ in range(series.cuts):
            truth = await _cut(machine, work, series.longest)
            after = None if series.control else await _gone_on(work)
            cuts.append(
                Cut(
                    name=series.name,
                    control=series.control,
                    committed=len(work.committed) - committed if machine.database_url else None,
                    published=len(truth.published) - published if machine.nats_url else None,
                    lost=truth.lost(work.committed),
                    phantoms=truth.phantoms(),
                    unequal=after.unequal() if after else None,
                )
            )
            committed, published = len(work.committed), len(after.published) if after else 0
        return cuts


@asynccontextmanager
async def _machine(series: Series, folder: Path) -> AsyncIterator[Machine]:
    async with AsyncExitStack() as stack:
        made = [
            await stack.enter_async_context(MAKERS[name](folder, not series.control))
            for name in series.servers
        ]
        yield Machine(
            servers=[server for one in made for server in one.servers],
            nats_url="".join(one.nats_url for one in made),
            database_url="".join(one.database_url for one in made),
            replicas=max(one.replicas for one in made),
        )


async def _cut(machine: Machine, work: Work, longest: float) -> Truth:
    async with work.going_on():
        await asyncio.sleep(work.chance.uniform(SHORTEST_SECONDS, longest))
        machine.cut_power()
        await asyncio.sleep(HEAR_SECONDS)
    await machine.start()
    return await read_truth(work.place)


async def _gone_on(work: Work) -> Truth:
    await work.drain()
    return await read_truth(work.place)
