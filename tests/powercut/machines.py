"""What loses power: a lone broker, a database, three nodes; each server with a disk of its own under it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import asyncpg
import psutil

from deploy.embedded import broker
from deploy.embedded.children import Child
from deploy.embedded.home import open_home
from deploy.embedded.nodes import nodes_of, port_names
from deploy.embedded.plan import Plan
from deploy.embedded.ports import choose_ports
from deploy.embedded.postgres import Postgres, database_url, give_to_nobody, settle_postgres
from deploy.embedded.spawning import Guise
from deploy.embedded.state import State
from shared.migrations import upgrade
from tests.cluster.ring import make_ring
from tests.powercut.disk import Disk

SERVICE = "campaign"
START_SECONDS = 90.0
FREEZE_SECONDS = 10.0


@dataclass(frozen=True)
class Server:
    """A server, the disk that it writes to, and whether it answers."""

    child: Child
    disk: Disk
    answers: Callable[[], bool]


@dataclass(frozen=True)
class Machine:
    """Servers that lose power together, and where they are found; what is empty is elsewhere."""

    servers: Sequence[Server]
    nats_url: str = ""
    database_url: str = ""
    replicas: int = 1

    def cut_power(self) -> None:
        """Stop everything in the same instant, lose what no disk has, and see what the disks do have.

        The servers are frozen first: so none can promise anything once its disk is gone, and whatever they
        had promised until then is held against them.
        """
        processes = [one for server in self.servers for one in _with_children(server.child)]
        _freeze(processes)
        for server in self.servers:
            server.disk.cut_power()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for server in self.servers:
            server.child.end(FREEZE_SECONDS)
            server.disk.unplug()
            server.disk.plug_in()

    async def start(self) -> None:
        """Start the servers and wait until they answer.

        Raises:
            TimeoutError: they do not.
        """
        for server in self.servers:
            server.child.start()
        async with asyncio.timeout(START_SECONDS):
            for server in self.servers:
                while not await asyncio.to_thread(server.answers):
                    await asyncio.sleep(0.05)


def _with_children(child: Child) -> list[psutil.Process]:
    assert child.process is not None
    parent = psutil.Process(child.process.pid)
    parent.suspend()  # from now on it has no more children
    return [parent, *parent.children(recursive=True)]


def _freeze(processes: Sequence[psutil.Process]) -> None:
    deadline = time.monotonic() + FREEZE_SECONDS
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    while not all(_is_frozen(process) for process in processes):
        if time.monotonic() > deadline:
            raise TimeoutError("a server did not stop when it was told to")
        time.sleep(0.001)


def _is_frozen(process: psutil.Process) -> bool:
    try:
        return process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}
    except psutil.NoSuchProcess:
        return True


@contextmanager
def _ended(children: Sequence[Child]) -> Iterator[None]:
    try:
        yield
    finally:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.end(FREEZE_SECONDS)


@asynccontextmanager
async def lone_broker(folder: Path, safe: bool) -> AsyncIterator[Machine]:
    """One NATS server; not `safe` is NATS as it comes, without `sync_interval: always`."""
    home = open_home(folder / "broker", 0)
    state = State(ports=choose_ports(port_names(1), {}, {}, True, lambda _: None))
    node = nodes_of(state)[0]
    with Disk(folder / "nats.img", home.nats) as disk:
        child = broker.broker(home, state, node, Plan(home.path, durable=safe), home.log(node.name))
        answers = partial(broker.broker_is_ready, node.monitor)
        machine = Machine([Server(child, disk, answers)], nats_url=broker.nats_url(state))
        with _ended([child]):
            await machine.start()
            yield machine


@asynccontextmanager
async def three_nodes(folder: Path, safe: bool) -> AsyncIterator[Machine]:
    """Three NATS nodes that keep every stream three times; not `safe` is NATS as it comes."""
    ring = make_ring(folder / "ring", durable=safe)
    async with AsyncExitStack() as stack:
        disks = {
            name: stack.enter_context(Disk(folder / f"{name}.img", ring.home.store(name)))
            for name in ring.nodes
        }
        stack.push_async_callback(ring.close)
        await ring.open()
        servers = [
            Server(ring.children[name], disks[name], partial(broker.node_is_ready, node.monitor))
            for name, node in ring.nodes.items()
        ]
        yield Machine(servers, nats_url=ring.url, replicas=len(servers))


@asynccontextmanager
async def database(folder: Path, safe: bool) -> AsyncIterator[Machine]:
    """PostgreSQL as the stack starts it; not `safe` is with `synchronous_commit = off`."""
    home = open_home(folder / "database", 0)
    with Disk(folder / "postgres.img", home.path / "disk") as disk:
        server = replace(settle_postgres(home, Plan(home.path)), data=disk.folder / "data")
        await asyncio.to_thread(_make_data, server)
        child = server.server()
        url = database_url(server.sockets, SERVICE)
        machine = Machine([Server(child, disk, partial(_is_ready, server, child))], database_url=url)
        with _ended([child]):
            await machine.start()
            server.provision()
            await upgrade(url, SERVICE)
            if not safe:
                await _commit_later(server)
            yield machine


def _is_ready(server: Postgres, child: Child) -> bool:
    # Until the new server has written its pid file, that of the one before the cut is there.
    pid_file = server.data / "postmaster.pid"
    pid = child.process.pid if child.process else 0
    return server.is_ready() and pid_file.read_text(encoding="utf-8").startswith(f"{pid}\n")


def _make_data(server: Postgres) -> None:
    server.data.mkdir(mode=0o700)
    if server.guise is Guise.NOBODY:
        give_to_nobody(server.data)
    assert server.initdb(server.data).wait() == 0, server.output.read_text(encoding="utf-8")


async def _commit_later(server: Postgres) -> None:
    connection = await asyncpg.connect(host=str(server.sockets), user="postgres", database="postgres")
    await connection.execute("ALTER SYSTEM SET synchronous_commit = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
