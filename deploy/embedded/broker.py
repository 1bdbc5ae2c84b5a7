"""The NATS server: its configuration, and whether it found again what it had kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.binaries import nats_server
from deploy.embedded.children import Child
from deploy.embedded.door import address_of
from deploy.embedded.door import configured as door_configured
from deploy.embedded.health import fetch
from deploy.embedded.home import Home, write_private
from deploy.embedded.nodes import FIRST, Node, nodes_of
from deploy.embedded.plan import HOST, NO_DOOR, Plan
from deploy.embedded.spawning import Command
from deploy.embedded.state import State
from deploy.embedded.troubles import DataDamaged

USER = "latu"
SYSTEM_USER = "latu-reload"
ACCOUNT = "LATU"
# Before there were accounts, everything lay in the one that every server has.
FORMER_ACCOUNT = "$G"
ANYWHERE = "0.0.0.0"  # noqa: S104
ROOM_BYTES = 16 * 1024 * 1024

# `sync_interval: always`: by default an acknowledged message may be lost for two minutes. `max_file_store` is
# as much as the disk holds: by default it is a share of what is free at the start, and a server that started
# on a full disk would take nothing for ever.
CONFIGURATION = """\
server_name: {name}
listen: "{listen}:{port}"
http: "{host}:{monitor}"
logtime_utc: true
max_payload: 4MB
jetstream {{ store_dir: {store}, max_file_store: 1TB{sync} }}
system_account: SYS
accounts {{
  SYS: {{ users: [{{
    user: {system_user}, password: "{system_password}", allowed_connection_types: [STANDARD]
    permissions: {{
      publish: ["$SYS.REQ.SERVER.PING.IDZ", "$SYS.REQ.SERVER.*.RELOAD"], subscribe: "_INBOX.>"
    }}
  }}] }}
  LATU: {{
    jetstream: enabled
    # Not by WebSocket: that door is the partners'.
    users: [{{ user: {user}, password: "{password}", allowed_connection_types: [STANDARD] }}]
    # What a partner may import: each only where its own name stands, which is that of its account.
    exports: [
      {{ service: "$JS.API.CONSUMER.MSG.NEXT.PUBLIC.*", response_type: stream, account_token_position: 7 }}
      {{ service: "$JS.API.CONSUMER.INFO.PUBLIC.*", account_token_position: 6 }}
      {{ service: "$JS.ACK.PUBLIC.*.>", response_type: stream, account_token_position: 4 }}
      {{ service: "latu.partner.*.*", account_token_position: 3 }}
      {{ service: "$JS.API.CONSUMER.MSG.NEXT.ANSWERS.*", response_type: stream, account_token_position: 7 }}
      {{ service: "$JS.API.CONSUMER.INFO.ANSWERS.*", account_token_position: 6 }}
      {{ service: "$JS.ACK.ANSWERS.*.>", response_type: stream, account_token_position: 4 }}
    ]
  }}
  include {partners}
}}
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


def nats_url(state: State, door: Mapping[str, str] = NO_DOOR) -> str:
    """Where the services find the broker, with the password: every node, with commas between."""
    return _url(state, door, f"{USER}:{state.nats_password}")


def system_url(state: State, door: Mapping[str, str] = NO_DOOR) -> str:
    """The same for whoever has the nodes read their configuration again, and may do nothing else."""
    return _url(state, door, f"{SYSTEM_USER}:{state.nats_system_password}")


def _url(state: State, door: Mapping[str, str], user: str) -> str:
    scheme, host = address_of(door, HOST)
    return ",".join(f"{scheme}://{user}@{host}:{node.port}" for node in nodes_of(state))


def monitor_key(node: str) -> str:
    """Under which name the status tells where a node tells about itself."""
    return "monitor_url" if node == FIRST else f"monitor_url_of_{node}"


def broker(home: Home, state: State, node: Node, plan: Plan, output: Path) -> Child:
    """A node as a child, its configuration written anew; that of the partners is written by the campaign."""
    home.partners_file.touch(mode=0o600)
    configuration = home.run / f"{node.name}.conf"
    others = {other.name: other.route for other in nodes_of(state) if other != node}
    write_private(configuration, configured(home, state, node, plan, others))
    command = Command([nats_server(), "-c", configuration], output, death_signal=signal.SIGTERM)
    return Child(node.name, f"{HOST}:{node.port}", command)


def configured(home: Home, state: State, node: Node, plan: Plan, others: Mapping[str, int]) -> str:
    """The configuration of a node; `others` are the ports where it comes to the other nodes."""
    door = plan.door if node.name == FIRST else NO_DOOR
    access = {"host": HOST, "user": USER, "password": state.nats_password}
    system = {"system_user": SYSTEM_USER, "system_password": state.nats_system_password}
    text = CONFIGURATION.format(
        name="latu" if node.name == FIRST else f"latu{node.name.removeprefix(FIRST)}",
        port=node.port,
        monitor=node.monitor,
        listen=ANYWHERE if "tcp" in door else HOST,
        store=json.dumps(str(home.store(node.name))),
        sync=", sync_interval: always" if plan.durable else "",
        # A name beside the configuration: the server takes no path of its own here.
        partners=f'"../{home.partners_file.name}"',
        **access,
        **system,
    )
    text += door_configured(door)
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


def move_streams(home: Home) -> None:
    """Move what one node kept before there were accounts to the account of the services."""
    former, kept = (home.nats / "jetstream" / name for name in (FORMER_ACCOUNT, ACCOUNT))
    if former.is_dir() and not kept.exists():
        former.rename(kept)


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


def could_not_write(monitor: int) -> bool:
    """Whether a stream could not be written, as on a full disk.

    It then takes nothing more, also where there is room again, until the server starts anew.
    """
    status, body = fetch(f"http://{HOST}:{monitor}/healthz")
    return status == 503 and b"write error" in body


def has_room(home: Home, node: Node) -> bool:
    """Whether the disk of a node has room."""
    return shutil.disk_usage(home.store(node.name)).free > ROOM_BYTES
