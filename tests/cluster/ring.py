"""Three nodes of NATS as children of this programme, with a cable at every link."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.embedded import broker
from deploy.embedded.children import Child
from deploy.embedded.health import fetch
from deploy.embedded.home import Home, open_home, write_private
from deploy.embedded.nodes import Node, nodes_of, port_names
from deploy.embedded.plan import Plan
from deploy.embedded.ports import choose_ports
from deploy.embedded.state import State
from tests.faults.cables import HOLE, NONE, Cable, to_port

NODES = 3
READY_SECONDS = 60.0
# Nodes tell one another where a third one is; by this address, where nobody is, they do not get past a cable.
ADVERTISED = '  no_advertise: true\n  advertise: "127.0.0.1:1"\n'


@dataclass
class Ring:
    """The nodes by name; `links` lead from one node to another, `doors` from the services to a node.

    A node that is cut off `between` the nodes only is still reached by the services. Not `durable` is NATS as
    it comes: each node writes to its disk when it likes.
    """

    home: Home
    state: State
    between: bool = False
    durable: bool = True
    children: dict[str, Child] = field(default_factory=dict)
    links: dict[tuple[str, str], Cable] = field(default_factory=dict)
    doors: dict[str, Cable] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Every node, by way of its cable."""
        access = f"{broker.USER}:{self.state.nats_password}"
        return ",".join(f"nats://{access}@127.0.0.1:{door.port}" for door in self.doors.values())

    @property
    def nodes(self) -> dict[str, Node]:
        """The ports of each node."""
        return {node.name: node for node in nodes_of(self.state)}

    async def open(self) -> None:
        """Lay the cables, start the nodes, and wait until they have found one another."""
        for node in self.nodes.values():
            self.doors[node.name] = await _laid(node.port)
            for other in self.nodes.values():
                if other != node:
                    self.links[node.name, other.name] = await _laid(other.route)
        for node in self.nodes.values():
            self.children[node.name] = self._child(node)
            self.children[node.name].start()
        await self.wait_until_whole()

    def _child(self, node: Node) -> Child:
        self.home.store(node.name).mkdir(exist_ok=True)
        plan = Plan(self.home.path, durable=self.durable)
        child = broker.broker(self.home, self.state, node, plan, self.home.log(node.name))
        others = {there: cable.port for (here, there), cable in self.links.items() if here == node.name}
        text = broker.configured(self.home, self.state, node, plan, others)
        configuration = self.home.run / f"{node.name}.conf"
        write_private(configuration, text.replace("  no_advertise: true\n", ADVERTISED))
        return child

    async def wait_until_whole(self) -> None:
        """Wait until every node has what the others have."""
        async with asyncio.timeout(READY_SECONDS):
            for node in self.nodes.values():
                while not await asyncio.to_thread(broker.node_is_ready, node.monitor):
                    await asyncio.sleep(0.1)

    async def leader(self, stream: str) -> str:
        """The node that leads a stream."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for name in self.nodes:
                found = await self._told(name, "jsz?accounts=true&streams=true")
                for account in found.get("account_details", ()):
                    for detail in account.get("stream_detail", ()):
                        server = detail.get("cluster", {}).get("leader")
                        if detail["name"] == stream and server:
                            return str(server).replace("latu", "nats")
            await asyncio.sleep(0.1)
        raise TimeoutError(f"nobody leads {stream}")

    async def where(self, connection: str) -> str:
        """The node to which a connection of this name leads."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for name in self.nodes:
                found = await self._told(name, "connz")
                if any(each.get("name") == connection for each in found.get("connections", ())):
                    return name
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{connection} is nowhere")

    async def _told(self, name: str, path: str) -> dict[str, Any]:
        _, body = await asyncio.to_thread(fetch, f"http://127.0.0.1:{self.nodes[name].monitor}/{path}")
        return dict(json.loads(body or b"{}"))

    async def kill(self, name: str) -> None:
        """Kill a node at once."""
        child = self.children[name]
        assert child.process is not None
        child.process.kill()
        await asyncio.to_thread(child.process.wait)

    def pause(self, name: str, number: signal.Signals) -> None:
        """Stop a node (SIGSTOP), or let it go on (SIGCONT)."""
        process = self.children[name].process
        assert process is not None
        process.send_signal(number)

    def cut(self, name: str) -> None:
        """Let nothing pass between a node and the others; connections stay open, and carry nothing."""
        for cable in self._cables_of(name):
            cable.fault = HOLE

    def mend(self, name: str) -> None:
        """Let everything pass again."""
        for cable in self._cables_of(name):
            cable.fault = NONE

    def _cables_of(self, name: str) -> Iterable[Cable]:
        doors = () if self.between else (self.doors[name],)
        return (*doors, *(cable for ends, cable in self.links.items() if name in ends))

    async def close(self) -> None:
        """End all nodes and take the cables away."""
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            await asyncio.to_thread(child.end, 5.0)
        for cable in (*self.links.values(), *self.doors.values()):
            await cable.close()


async def _laid(port: int) -> Cable:
    cable = Cable(to_port(port))
    await cable.listen()
    return cable


def make_ring(folder: Path, between: bool = False, durable: bool = True) -> Ring:
    """Three nodes on a folder of their own, not started yet."""
    home = open_home(folder, 0)
    ports = choose_ports(port_names(NODES), {}, {}, True, lambda _: None)
    return Ring(home, State(ports=ports, nats_nodes=NODES), between, durable)
