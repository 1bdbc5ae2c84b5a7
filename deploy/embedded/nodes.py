"""The nodes of the broker: one, or three that keep every stream three times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.home import Home
from deploy.embedded.state import State
from deploy.embedded.troubles import BadPlan

FIRST = "nats"
SIZES = (1, 3)


@dataclass(frozen=True)
class Node:
    """One node and its ports; `route` is where the other nodes come, nought where there are none."""

    name: str
    port: int
    monitor: int
    route: int


def port_names(count: int) -> tuple[str, ...]:
    """What ports so many nodes need, by name: `nats`, `nats-2`, …, `monitor-2`, `route-2`."""
    kinds = ("nats", "monitor", "route") if count > 1 else ("nats", "monitor")
    return tuple(f"{kind}{tail}" for tail in _tails(count) for kind in kinds)


def nodes_of(state: State) -> tuple[Node, ...]:
    """The nodes that a stack has."""
    ports = state.ports
    return tuple(
        Node(f"{FIRST}{tail}", ports[f"{FIRST}{tail}"], ports[f"monitor{tail}"], ports.get(f"route{tail}", 0))
        for tail in _tails(state.nats_nodes)
    )


def settle_nodes(home: Home, asked: int) -> int:
    """How many nodes a stack gets: as many as it was made with, else as were asked for, else one.

    Raises:
        BadPlan: the number makes no sense, or the stack was made with another one.
    """
    if asked not in {0, *SIZES}:
        raise BadPlan("A broker has one node or three: --nats-cluster takes 1 or 3.")
    made = made_nodes(home)
    if asked and made and asked != made:
        nodes = "one node" if made == 1 else f"{made} nodes"
        raise BadPlan(
            f"The stack on {home.path} was made with {nodes} of NATS and stays so: its streams lie there. "
            "For another number choose another data folder with LATU_HOME."
        )
    return made or asked or 1


def made_nodes(home: Home) -> int:
    """How many nodes have kept something in this data folder; nought where nothing was kept yet."""
    kept = [tail for tail in _tails(max(SIZES)) if _holds_anything(home.store(f"{FIRST}{tail}"))]
    if kept == [""]:
        return 1
    return max(SIZES) if kept else 0


def _holds_anything(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _tails(count: int) -> tuple[str, ...]:
    return ("", *(f"-{number}" for number in range(2, count + 1)))
