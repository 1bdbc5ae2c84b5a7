"""The NATS server: its configuration, and whether it found again what it had kept."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.binaries import nats_server
from deploy.embedded.children import Child
from deploy.embedded.health import fetch
from deploy.embedded.home import Home, write_private
from deploy.embedded.nodes import FIRST, Node, nodes_of
from deploy.embedded.plan import HOST
from deploy.embedded.spawning import Command
from deploy.embedded.state import State
from deploy.embedded.troubles import DataDamaged

USER = "latu"

# `sync_interval: always`: by default an acknowledged message may be lost for two minutes.
CONFIGURATION = """\
server_name: {name}
listen: "{host}:{port}"
http: "{host}:{monitor}"
logtime_utc: true
max_payload: 4MB
authorization {{ user: {user}, password: "{password}" }}
jetstream {{ store_dir: {store}{sync} }}
"""
# Each is told of every other: `no_advertise` keeps clients to the addresses that they were given.
CLUSTER = """\
cluster {{
  name: latu
  listen: "{host}:{route}"
  no_advertise: true
  authorization {{ user: {user}, password: "{password}" }}
  routes: [{routes}]
}}
"""


def nats_url(state: State) -> str:
    """Where the services find the broker, with the password: every node, with commas between."""
    nodes = nodes_of(state)
    return ",".join(f"nats://{USER}:{state.nats_password}@{HOST}:{node.port}" for node in nodes)


def monitor_key(node: str) -> str:
    """Under which name the status tells where a node tells about itself."""
    return "monitor_url" if node == FIRST else f"monitor_url_of_{node}"


def broker(home: Home, state: State, node: Node, durable: bool, output: Path) -> Child:
    """A node as a child, its configuration written anew."""
    configuration = home.run / f"{node.name}.conf"
    others = {other.name: other.route for other in nodes_of(state) if other != node}
    write_private(configuration, configured(home, state, node, durable, others))
    command = Command([nats_server(), "-c", configuration], output, death_signal=signal.SIGTERM)
    return Child(node.name, f"{HOST}:{node.port}", command)


def configured(home: Home, state: State, node: Node, durable: bool, others: Mapping[str, int]) -> str:
    """The configuration of a node; `others` are the ports where it comes to the other nodes."""
    access = {"host": HOST, "user": USER, "password": state.nats_password}
    text = CONFIGURATION.format(
        name="latu" if node.name == FIRST else f"latu{node.name.removeprefix(FIRST)}",
        port=node.port,
        monitor=node.monitor,
        store=json.dumps(str(home.store(node.name))),
        sync=", sync_interval: always" if durable else "",
        **access,
    )
    if not others:
        return text
    routes = (f'"nats-route://{USER}:{state.nats_password}@{HOST}:{port}"' for port in others.values())
    return text + CLUSTER.format(route=node.route, routes=", ".join(routes), **access)


def check_store(home: Home) -> None:
    """See that JetStream's folder can be used at all.

    Raises:
        DataDamaged: it cannot.
    """
    for folder in (home.nats, home.nats / "jetstream"):
        if folder.exists() and not (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
            raise DataDamaged(f"The broker's store {folder} cannot be read and written. Nothing was changed.")


def broker_is_ready(monitor: int) -> bool:
    """Whether the server and its JetStream answer."""
    return fetch(f"http://{HOST}:{monitor}/healthz?js-enabled-only=true")[0] == 200


def node_is_ready(monitor: int) -> bool:
    """Whether a node of several has found the others, and has what they have."""
    return fetch(f"http://{HOST}:{monitor}/healthz")[0] == 200


def check_streams(home: Home, monitor: int) -> None:
    """See that everything in the store was read: the server goes on without what it cannot read.

    Raises:
        DataDamaged: something was not.
    """
    status, body = fetch(f"http://{HOST}:{monitor}/healthz?details=true")
    if status == 200:
        return
    sentences = [fault["error"] for fault in json.loads(body or "{}").get("errors", [])]
    raise DataDamaged(
        f"The broker's store {home.nats} is damaged: {'; '.join(sentences) or 'it does not say how'}. "
        "Nothing was changed. Restore the folder from a backup."
    )
