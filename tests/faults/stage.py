"""A whole stack whose processes are children of this programme: they can be killed, paused, and cut off."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from deploy.embedded import broker
from deploy.embedded.children import Child
from deploy.embedded.foundations import Foundations, lay_foundations
from deploy.embedded.home import Home, open_home
from deploy.embedded.journal import Journal
from deploy.embedded.plan import SERVICES, Plan
from deploy.embedded.ports import choose_ports
from deploy.embedded.postgres import database_url
from deploy.embedded.settled import Settled, settle
from tests.faults.clocks import Clocks
from tests.faults.disks import Disk, Limit, SmallDisk, close_all
from tests.faults.nursery import Actor, Nursery, lives
from tests.faults.surroundings import CALM, Full, Surroundings
from tests.faults.wiring import Cables, lay_cables

ACK_SECONDS = 4.0
READY_SECONDS = 90.0
TEND_SECONDS = 0.05
LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 15.0
DATABASE_MB, BROKER_MB = 768, 96


@dataclass
class Stage:
    """The stack: its settled places, its children by name and its cables by replica.

    The first replica of a service has the service's name, the others are called `survey-2` and so on.
    """

    settled: Settled
    foundations: Foundations
    folder: Path
    nursery: Nursery
    clocks: Clocks
    surroundings: Surroundings
    children: dict[str, Child | Actor] = field(default_factory=dict)
    cables: dict[str, Cables] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)
    # What else each process that starts is told in its environment (tests/faults/actor.py).
    told: Mapping[str, str] = field(default_factory=dict)
    # Whether the cables are left out: nobody cuts them, and whatever is asked comes through them a second time.
    direct: bool = False
    _ports: dict[str, int] = field(default_factory=dict)
    _dying: dict[str, list[psutil.Process]] = field(default_factory=dict)
    _tending: asyncio.Task[None] | None = None

    @property
    def replicas(self) -> tuple[str, ...]:
        """Every replica of every service."""
        tails = ("", *(f"-{number}" for number in range(2, self.surroundings.replicas + 1)))
        return tuple(f"{service}{tail}" for service in SERVICES for tail in tails)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes of the broker."""
        return tuple(node.name for node in self.foundations.nodes)

    @property
    def home(self) -> Home:
        """The data folder."""
        return self.settled.home

    @property
    def nats_url(self) -> str:
        """The broker, not by way of a cable."""
        return self.settled.addresses["nats_url"]

    @property
    def token(self) -> str:
        """What the programme signs its orders with."""
        return (self.home.path / "secrets" / "cli-token").read_text(encoding="utf-8").strip()

    @property
    def sickness(self) -> Path:
        """The file that makes handlers sick while it is there."""
        return self.folder / "sick"

    @property
    def points(self) -> Path:
        """The folder in which crash points are armed."""
        return self.folder / "points"

    def database_url(self, role: str) -> str:
        """A database, not by way of a cable."""
        return database_url(self.settled.postgres.sockets, role)

    def address(self, name: str) -> str:
        """Where a replica answers, not by way of a cable."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def doors(self, service: str) -> list[str]:
        """Where to ask each replica of a service."""
        mine = [name for name in self.replicas if _service_of(name) == service]
        if self.direct:
            return [self.address(name) for name in mine]
        return [f"http://127.0.0.1:{self.cables[name].door.port}" for name in mine]

    async def open(self) -> None:
        """Bring everything up and wait until all is ready."""
        self.settled.close_gates()
        self.foundations.bring_up(_wait_until, Journal(lambda _: None))
        self._prepare()
        self.children = {child.name: child for child in self.foundations.children}
        named = self.settled.state.ports
        fresh = [name for name in self.replicas if name not in named]
        self._ports = dict(named) | choose_ports(fresh, {}, {}, True, lambda _: None)
        sockets, ports = self.settled.postgres.sockets, [node.port for node in self.foundations.nodes]
        for name in self.replicas:
            self._folder_of(name).mkdir(mode=0o700)
            self.cables[name] = await lay_cables(self._folder_of(name), sockets, ports, self._ports[name])
            self.children[name] = self.actor(name)
            self._start(name)
        self._tending = asyncio.create_task(self._tend())
        await self.wait_until_ready()

    def actor(self, name: str) -> Actor:
        """A replica."""
        service = _service_of(name)
        usual = self.settled.service(service)
        told = {
            "LATU_PORT": str(self._ports[name]),
            **({} if self.direct else self.cables[name].told(self._folder_of(name), service, self.nats_url)),
            "FAULTS_ACK_SECONDS": str(ACK_SECONDS),
            "FAULTS_SICK": str(self.sickness),
            "FAULTS_POINTS": str(self.points),
            "FAULTS_CLOCK": str(self.clocks.place(name)),
        }
        return Actor(service, {**usual.command.env, **told, **self.told}, self.home.log(name), self.nursery)

    def sicken(self) -> None:
        """Make handlers sick."""
        self.sickness.touch()

    def heal(self) -> None:
        """Mend the handlers."""
        self.sickness.unlink()

    def health(self, name: str) -> str:
        """Where a replica tells whether it is ready, not by way of a cable."""
        return f"{self.address(name)}/health/ready"

    async def wait_until_ready(self) -> None:
        """Wait until every service says that it is ready."""
        async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient(timeout=3) as client:
            for name in self.replicas:
                while not await _is_ready(client, self.health(name)):
                    await asyncio.sleep(0.1)

    async def is_whole(self) -> bool:
        """Whether every node of the broker has what the others have."""
        monitors = [node.monitor for node in self.foundations.nodes] if len(self.nodes) > 1 else []
        return all([await asyncio.to_thread(broker.node_is_ready, monitor) for monitor in monitors])

    def kill(self, name: str) -> bool:
        """Kill a process at once; it starts again by itself. Says whether there was one."""
        child = self.children[name]
        if child.process is None or not child.runs:
            return False
        self._dying[name] = self.family(name)
        with suppress(psutil.NoSuchProcess):
            child.process.kill()
        return True

    def family(self, name: str) -> list[psutil.Process]:
        """A process with all that it started."""
        child = self.children[name]
        with suppress(psutil.NoSuchProcess):
            if child.process is not None and child.runs:
                found = psutil.Process(child.process.pid)
                return [found, *found.children(recursive=True)]
        return []

    async def close(self) -> None:
        """Stop all, in order."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        for name in self.cables:
            if name in self.children:
                self.children[name].ask_to_stop()
        for name in (*self.cables, *self.nodes, "postgres"):
            if name in self.children:
                self.children[name].ask_to_stop()
                await _ended(self.children[name])
        for cables in self.cables.values():
            await cables.close()
        close_all(self.disks)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self) -> None:
        child = self.settled.preparation()
        child.start()
        for gate in ("preparation", "services"):
            self.home.gate(gate).touch()
        child.end(patience=60)
        if child.exit_code != 0:
            raise RuntimeError(child.command.output.read_text(encoding="utf-8"))

    def _folder_of(self, name: str) -> Path:
        return self.folder / name

    def _start(self, name: str) -> None:
        if name in self.cables:
            self.clocks.turn(name)
        self.children[name].start()

    async def _tend(self) -> None:
        """Start again at once whatever ended; PostgreSQL only when the last of its processes is gone."""
        looked = time.monotonic()
        while True:
            for name, child in list(self.children.items()):
                if not child.runs and not any(map(lives, self._dying.get(name, ()))):
                    self._start(name)
            if time.monotonic() - looked > LOOK_SECONDS:
                for child in await asyncio.to_thread(self.foundations.stuck):
                    child.ask_to_stop()
                looked = time.monotonic()
            await asyncio.sleep(TEND_SECONDS)


def make_stage(
    folder: Path, nursery: Nursery, surroundings: Surroundings = CALM, *, seed: int = 0, secret: str = ""
) -> Stage:
    """A stack on a folder of its own; with the `secret` of another its codes are the same as there."""
    folder.mkdir(mode=0o700)
    plan = Plan(folder / "home", any_port=True, nats_nodes=surroundings.nodes)
    disks: dict[str, Disk] = {}
    if surroundings.full == Full.DISKS:
        disks["database"] = SmallDisk(plan.home, DATABASE_MB)
        disks["broker"] = SmallDisk(plan.home / "nats", BROKER_MB)
    home = open_home(plan.home, plan.min_free_mb)
    if secret:
        home.secret_file.write_text(secret, encoding="utf-8")
    settled = settle(home, plan, Journal(lambda _: None))
    foundations = lay_foundations(home, plan, settled.state, settled.postgres)
    clocks = Clocks(folder / "clocks", surroundings.skew, random.Random(f"{seed} clocks"))  # noqa: S311
    stage = Stage(settled, foundations, folder, nursery, clocks, surroundings)
    if surroundings.full == Full.LIMIT:
        disks["broker"] = Limit(home.run / "nats.conf", lambda: stage.kill("nats"))
    stage.disks = disks
    stage.points.mkdir()
    return stage


def pause(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Stop processes or let them go on."""
    for process in processes:
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            os.kill(process.pid, number)


def _wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


def _service_of(name: str) -> str:
    return name.partition("-")[0]


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


async def _ended(child: Child | Actor) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while child.runs:
        if time.monotonic() > deadline and child.process is not None:
            with suppress(psutil.NoSuchProcess):
                child.process.kill()
        await asyncio.sleep(0.05)
