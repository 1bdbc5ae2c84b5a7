"""A whole stack whose processes are children of this programme: they can be killed, paused, and cut off."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import psutil

from deploy.embedded.children import Child
from deploy.embedded.foundations import Foundations, lay_foundations
from deploy.embedded.home import Home, open_home
from deploy.embedded.journal import Journal
from deploy.embedded.plan import SERVICES, Plan
from deploy.embedded.postgres import SOCKET_NAME, database_url
from deploy.embedded.settled import Settled, settle
from tests.faults.cables import Cable, to_port, to_socket

ACK_SECONDS = 4.0
READY_SECONDS = 90.0
TEND_SECONDS = 0.05
PATIENCE_SECONDS = 15.0


@dataclass
class Cables:
    """The cables of one service: to its database, to the broker, and from whoever asks it something."""

    database: Cable
    broker: Cable
    door: Cable

    @property
    def all(self) -> tuple[Cable, Cable, Cable]:
        """Each of them."""
        return self.database, self.broker, self.door


@dataclass
class Stage:
    """The stack: its settled places, its children by name and its cables by service."""

    settled: Settled
    foundations: Foundations
    folder: Path
    children: dict[str, Child] = field(default_factory=dict)
    cables: dict[str, Cables] = field(default_factory=dict)
    _dying: dict[str, list[psutil.Process]] = field(default_factory=dict)
    _tending: asyncio.Task[None] | None = None

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

    def door(self, service: str) -> str:
        """Where to ask a service, by way of its cable."""
        return f"http://127.0.0.1:{self.cables[service].door.port}"

    async def open(self) -> None:
        """Bring everything up and wait until all is ready."""
        self.settled.close_gates()
        self.foundations.bring_up(_wait_until, Journal(lambda _: None))
        self._prepare()
        self.children = {child.name: child for child in self.foundations.children}
        for name in self.settled.plan.services:
            self.cables[name] = await self._lay_cables(name)
            self.children[name] = self.service(name)
            self.children[name].start()
        self._tending = asyncio.create_task(self._tend())
        await self.wait_until_ready()

    def service(self, name: str) -> Child:
        """A service as a child whose links are all cables."""
        child, cables = self.settled.service(name), self.cables[name]
        folder = self._folder_of(name)
        told = {
            "LATU_DATABASE_URL": database_url(folder, name),
            "LATU_STAFF_DATABASE_URL": database_url(folder, "staff"),
            "LATU_NATS_URL": self.nats_url.rpartition(":")[0] + f":{cables.broker.port}",
            "FAULTS_ACK_SECONDS": str(ACK_SECONDS),
            "FAULTS_SICK": str(self.sickness),
            "FAULTS_POINTS": str(self.points),
        }
        argv = [sys.executable, "-m", "tests.faults.actor", name]
        child.command = replace(child.command, argv=argv, env={**child.command.env, **told})
        return child

    def heal(self) -> None:
        """Mend the handlers."""
        self.sickness.unlink()

    async def wait_until_ready(self) -> None:
        """Wait until every service says that it is ready."""
        async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient(timeout=3) as client:
            for name in self.settled.plan.services:
                while not await _is_ready(client, f"{self.settled.service_url(name)}/health/ready"):
                    await asyncio.sleep(0.1)

    def kill(self, name: str) -> bool:
        """Kill a process at once; it starts again by itself. Says whether there was one."""
        process = self.children[name].process
        if process is None or process.poll() is not None:
            return False
        self._dying[name] = self.family(name)
        process.kill()
        return True

    def family(self, name: str) -> list[psutil.Process]:
        """A process with all that it started."""
        process = self.children[name].process
        with suppress(psutil.NoSuchProcess):
            if process is not None and process.poll() is None:
                found = psutil.Process(process.pid)
                return [found, *found.children(recursive=True)]
        return []

    async def close(self) -> None:
        """Stop all, in order."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        names = [name for name in self.children if name in SERVICES]
        for child in [self.children[name] for name in names]:
            child.ask_to_stop()
        for name in (*names, "nats", "postgres"):
            if name in self.children:
                self.children[name].ask_to_stop()
                await _ended(self.children[name])
        for cables in self.cables.values():
            for cable in cables.all:
                await cable.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self) -> None:
        child = self.settled.preparation()
        child.start()
        for gate in ("preparation", "services"):
            self.home.gate(gate).touch()
        child.end(patience=60)
        if child.exit_code != 0:
            raise RuntimeError(child.command.output.read_text(encoding="utf-8"))

    async def _lay_cables(self, name: str) -> Cables:
        folder = self._folder_of(name)
        folder.mkdir(mode=0o700)
        ports = self.settled.state.ports
        cables = Cables(
            Cable(to_socket(self.settled.postgres.sockets / SOCKET_NAME)),
            Cable(to_port(ports["nats"])),
            Cable(to_port(ports[name])),
        )
        await cables.database.listen(folder / SOCKET_NAME)
        await cables.broker.listen()
        await cables.door.listen()
        return cables

    def _folder_of(self, name: str) -> Path:
        return self.folder / name

    async def _tend(self) -> None:
        """Start again at once whatever ended; PostgreSQL only when the last of its processes is gone."""
        while True:
            for name, child in list(self.children.items()):
                if child.runs or any(map(_lives, self._dying.get(name, ()))):
                    continue
                child.start()
            await asyncio.sleep(TEND_SECONDS)


def make_stage(folder: Path, *, sick: bool = False, secret: str = "") -> Stage:
    """A stack on a folder of its own; with the `secret` of another its codes are the same as there."""
    folder.mkdir(mode=0o700)
    plan = Plan(folder / "home", any_port=True)
    home = open_home(plan.home, plan.min_free_mb)
    if secret:
        home.secret_file.write_text(secret, encoding="utf-8")
    settled = settle(home, plan, Journal(lambda _: None))
    foundations = lay_foundations(home, plan, settled.state, settled.postgres)
    stage = Stage(settled, foundations, folder)
    stage.points.mkdir()
    if sick:
        stage.sickness.touch()
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


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


async def _ended(child: Child) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while child.runs:
        if time.monotonic() > deadline and child.process is not None:
            child.process.kill()
        await asyncio.sleep(0.05)
