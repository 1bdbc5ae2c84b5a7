"""The kinds of faults of `make faults`, each with the alerts that it must cause, or with none and why."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import httpx

from shared.db import Database
from tests.convergence import said
from tests.faults import cables
from tests.faults.crashing import arm
from tests.faults.poison import Poisoner
from tests.faults.stage import Stage, pause

Made = Callable[[Stage], AbstractAsyncContextManager[None]]
STARTS = 4
SAID = 50
WRONG_BY_SECONDS = 45.0
POINT = "before publishing a batch"


@dataclass(frozen=True)
class Fault:
    """A fault for as long as it is made, the alerts that tell of it, and why there is none where there is none."""

    name: str
    make: Made
    alerts: tuple[str, ...] = ()
    why: str = ""


def gone(name: str) -> Made:
    """A process is killed and does not come back until the end."""

    @asynccontextmanager
    async def make(stage: Stage) -> AsyncIterator[None]:
        stage.kill(name)
        child = stage.children.pop(name)
        try:
            yield
        finally:
            stage.children[name] = child
            await stage.wait_until_ready()

    return make


@asynccontextmanager
async def killed_again_and_again(stage: Stage) -> AsyncIterator[None]:
    """A service is killed as soon as it is back."""
    for _ in range(STARTS):
        stage.kill("model")
        await asyncio.sleep(0.5)
        await stage.wait_until_ready()
        await asyncio.sleep(2)
    yield


def asked_meanwhile(make: Made) -> Made:
    """The same, while people read pages."""

    @asynccontextmanager
    async def made(stage: Stage) -> AsyncIterator[None]:
        async with make(stage):
            reading = asyncio.create_task(_read(stage.doors("model")[0]))
            try:
                yield
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    return made


def told_meanwhile(make: Made) -> Made:
    """The same, while something is said that has to leave an outbox."""

    @asynccontextmanager
    async def made(stage: Stage) -> AsyncIterator[None]:
        async with make(stage):
            await say(stage)
            yield

    return made


def severed(link: str) -> Made:
    """A link of the campaign is cut until the end."""

    @asynccontextmanager
    async def make(stage: Stage) -> AsyncIterator[None]:
        cables = stage.cables["campaign"].links[link]
        for cable in cables:
            cable.severed = True
            cable.cut()
        try:
            yield
        finally:
            for cable in cables:
                cable.severed = False

    return make


def cut_for_a_moment(link: str) -> Made:
    """All connections of a link of the campaign are cut once, and made anew."""

    @asynccontextmanager
    async def make(stage: Stage) -> AsyncIterator[None]:
        for cable in stage.cables["campaign"].links[link]:
            cable.cut()
        yield

    return make


def spoilt(link: str, fault: cables.Fault) -> Made:
    """A link of the campaign carries nothing, or too little, while its connections stay open."""

    @asynccontextmanager
    async def make(stage: Stage) -> AsyncIterator[None]:
        with ExitStack() as suffering:
            for cable in stage.cables["campaign"].links[link]:
                suffering.enter_context(cable.suffering(fault))
            yield

    return make


@asynccontextmanager
async def dying_at_a_point(stage: Stage) -> AsyncIterator[None]:
    """The campaign dies whenever it begins to publish, and is started again."""
    for _ in range(STARTS):
        arm(stage.points, POINT)
        await say(stage)
        while (stage.points / POINT).exists():
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        await stage.wait_until_ready()
        await asyncio.sleep(2)
    yield


def full(name: str) -> Made:
    """A disk is full until the end."""

    @asynccontextmanager
    async def make(stage: Stage) -> AsyncIterator[None]:
        filling = asyncio.create_task(stage.disks[name].full(600))
        while not stage.disks[name].is_full:
            await asyncio.sleep(0.05)
        try:
            await asyncio.sleep(1)
            yield
        finally:
            filling.cancel()
            await asyncio.gather(filling, return_exceptions=True)
            await stage.wait_until_ready()

    return make


@asynccontextmanager
async def poisoned(stage: Stage) -> AsyncIterator[None]:
    """Messages that no handler can read are published."""
    poisoner = Poisoner(stage.nats_url, random.Random(1))  # noqa: S311
    for _ in range(4):
        await poisoner.drop()
    await poisoner.close()
    yield


def paused(name: str, seconds: float) -> Made:
    """A process stands still: for so many seconds, or with 0 until the end."""

    @asynccontextmanager
    async def make(stage: Stage) -> AsyncIterator[None]:
        family = stage.family(name)
        pause(family, signal.SIGSTOP)
        try:
            if seconds:
                await asyncio.sleep(seconds)
                pause(family, signal.SIGCONT)
            yield
        finally:
            pause(family, signal.SIGCONT)

    return make


@asynccontextmanager
async def clock_wrong(stage: Stage) -> AsyncIterator[None]:
    """The clock of the coaching service is off."""
    place = stage.clocks.place("coaching")
    right = place.read_text(encoding="ascii")
    place.write_text(str(WRONG_BY_SECONDS), encoding="ascii")
    try:
        yield
    finally:
        place.write_text(right, encoding="ascii")


async def say(stage: Stage) -> None:
    """Have the campaign say something, as its commands do: more than the end of a file has room for."""
    database = Database(stage.database_url("campaign"), connections=1)
    async with database.transaction() as tx:
        for number in range(SAID):
            tx.emit(said.story(f"{tx.new_id()}-{number}", 1, "Synthetic. " * 20))
    await database.close()


async def _read(door: str) -> None:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        while True:
            with suppress(httpx.HTTPError):
                await http.get(door + "/")
            await asyncio.sleep(0.2)


NOBODY_NOTICES = "it is over before anybody notices, and what was asked meanwhile is answered"
SERVICE_KILLED = Fault("a service is killed and stays away", gone("survey"), ("ServiceDown",))
POISON = Fault("poison", poisoned, ("DeadLettersGrow",))
PAUSED = Fault("a process stands still", paused("model", 0), ("ServiceDown",))
CLOCK = Fault("a clock is wrong", clock_wrong, ("ClockWrong",))
CUT = Fault("the link to the broker is cut", severed("broker"), ("BrokerAway",))
HOLE = Fault("nothing passes on the link to the broker", spoilt("broker", cables.HOLE), ("BrokerAway",))
DYING = Fault("a service dies at the same point again and again", dying_at_a_point, ("ServiceRestarts",))
BROKER_FULL = Fault("the broker's disk is full", told_meanwhile(full("broker")), ("RelayDown",))
DATABASE_KILLED = Fault(
    "the database is killed and stays away", asked_meanwhile(gone("postgres")), ("DatabaseAway", "PagesFail")
)
ALL = (
    Fault("a process stands still for a second", paused("model", 1.0), why=NOBODY_NOTICES),
    Fault("a link is cut for a moment", cut_for_a_moment("broker"), why=NOBODY_NOTICES),
    Fault(
        "a link to the database is slow",
        spoilt("database", cables.LATENCY),
        why="what people notice of it is told by its effect, as pages and the loop that are slow",
    ),
    SERVICE_KILLED,
    Fault("a service is killed again and again", killed_again_and_again, ("ServiceRestarts",)),
    DYING,
    PAUSED,
    CLOCK,
    POISON,
    CUT,
    HOLE,
    Fault("the link to the database is cut", severed("database"), ("DatabaseAway",)),
    Fault("nothing passes on the link to the database", spoilt("database", cables.HOLE), ("DatabaseAway",)),
    BROKER_FULL,
    Fault(
        "the broker is killed and stays away", told_meanwhile(gone("nats")), ("BrokerAway", "BrokerNodeAway")
    ),
    DATABASE_KILLED,
)
DISK_FULL = Fault("the disk of the data folder is full", full("database"), ("DiskNearlyFull",))
# Of a broker of three nodes.
NODE_KILLED = Fault("one node of three is killed and stays away", gone("nats-2"), ("BrokerNodeAway",))
# What `make faults` does, by the names that it has there, and as which fault its alert is waited for here.
DECK = {
    "kill": SERVICE_KILLED,
    "kill node": NODE_KILLED,
    "kill postgres": DATABASE_KILLED,
    "pause": PAUSED,
    "cut": CUT,
    "spoil": HOLE,
    "turn clock": CLOCK,
    "fill": BROKER_FULL,
    "poison": POISON,
    "point": DYING,
}
