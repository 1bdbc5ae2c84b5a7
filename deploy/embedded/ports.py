"""Ports: found once, then kept."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterable, Mapping

from deploy.embedded.plan import DEFAULT_PORTS, HOST
from deploy.embedded.troubles import PortTaken, Trouble

# Below the range from which the kernel draws ports for outgoing connections.
FIRST, LAST = 20_000, 32_000
TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of this machine now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a connection that is only waiting out its end does not make the port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def choose_ports(
    names: Iterable[str],
    named: Mapping[str, int],
    remembered: Mapping[str, int],
    any_port: bool,
    say: Callable[[str], None],
) -> dict[str, int]:
    """A free port for each name: the one that was named, else the remembered, else the usual, else any.

    Raises:
        PortTaken: a port that somebody named is busy.
    """
    chosen: dict[str, int] = {}
    for name in names:
        taken = set(chosen.values()) | set(named.values())
        if name in named:
            chosen[name] = _named(name, named[name], chosen)
            continue
        wished = remembered.get(name) or (None if any_port else DEFAULT_PORTS[name])
        chosen[name] = _around(wished, taken)
        if wished and chosen[name] != wished:
            say(f"Port {wished} is taken by another program; {name} is at {chosen[name]} instead.")
    return chosen


def _named(name: str, port: int, chosen: Mapping[str, int]) -> int:
    if port in chosen.values():
        raise PortTaken(f"Port {port} for {name} was already given to another part of the stack.")
    if not is_free(port):
        raise PortTaken(f"Port {port} for {name} is taken by another program. Name another port or free it.")
    return port


def _around(wished: int | None, taken: set[int]) -> int:
    if wished and wished not in taken and is_free(wished):
        return wished
    for _ in range(TRIES):
        port = random.randint(FIRST, LAST)  # noqa: S311
        if port not in taken and is_free(port):
            return port
    raise Trouble(f"No free port was found between {FIRST} and {LAST}.")
