"""The cables of one replica."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.postgres import SOCKET_NAME, database_url
from tests.faults.cables import Cable, to_port, to_socket


@dataclass(frozen=True)
class Cables:
    """To its database, to each node of the broker, and from whoever asks it something."""

    database: Cable
    brokers: tuple[Cable, ...]
    door: Cable

    @property
    def links(self) -> dict[str, tuple[Cable, ...]]:
        """The cables of each link."""
        return {"database": (self.database,), "broker": self.brokers, "door": (self.door,)}

    @property
    def all(self) -> tuple[Cable, ...]:
        """Each of them."""
        return self.database, *self.brokers, self.door

    def told(self, folder: Path, service: str, nats_url: str) -> dict[str, str]:
        """What a service is told that it finds database and broker by way of these cables, laid in `folder`."""
        return {
            "LATU_DATABASE_URL": database_url(folder, service),
            "LATU_STAFF_DATABASE_URL": database_url(folder, "staff"),
            "LATU_NATS_URL": self.broker_url(nats_url),
        }

    def broker_url(self, url: str) -> str:
        """The same broker by way of the cables."""
        nodes = zip(url.split(","), self.brokers, strict=True)
        return ",".join(f"{node.rpartition(':')[0]}:{cable.port}" for node, cable in nodes)

    async def close(self) -> None:
        """Take them away."""
        for cable in self.all:
            await cable.close()


async def lay_cables(folder: Path, sockets: Path, nodes: Iterable[int], port: int) -> Cables:
    """Cables for a replica at a port; in the `folder`, which is there, it finds the database's socket."""
    cables = Cables(
        Cable(to_socket(sockets / SOCKET_NAME)),
        tuple(Cable(to_port(node)) for node in nodes),
        Cable(to_port(port)),
    )
    await cables.database.listen(folder / SOCKET_NAME)
    for cable in (*cables.brokers, cables.door):
        await cable.listen()
    return cables
