"""The NATS server: its configuration, and whether it found again what it had kept."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from deploy.embedded.binaries import nats_server
from deploy.embedded.children import Child
from deploy.embedded.health import fetch
from deploy.embedded.home import Home, write_private
from deploy.embedded.plan import HOST
from deploy.embedded.spawning import Command
from deploy.embedded.state import State
from deploy.embedded.troubles import DataDamaged

USER = "latu"

# `sync_interval: always`: by default an acknowledged message may be lost for two minutes.
CONFIGURATION = """\
server_name: latu
listen: "{host}:{port}"
http: "{host}:{monitor}"
logtime_utc: true
max_payload: 4MB
authorization {{ user: {user}, password: "{password}" }}
jetstream {{ store_dir: {store}{sync} }}
"""


def nats_url(state: State) -> str:
    """Where the services find the broker, with the password."""
    return f"nats://{USER}:{state.nats_password}@{HOST}:{state.ports['nats']}"


def broker(home: Home, state: State, durable: bool, output: Path) -> Child:
    """The server as a child, its configuration written anew."""
    text = CONFIGURATION.format(
        host=HOST,
        port=state.ports["nats"],
        monitor=state.ports["monitor"],
        user=USER,
        password=state.nats_password,
        store=json.dumps(str(home.nats)),
        sync=", sync_interval: always" if durable else "",
    )
    configuration = home.run / "nats.conf"
    write_private(configuration, text)
    command = Command([nats_server(), "-c", configuration], output, death_signal=signal.SIGTERM)
    return Child("nats", f"{HOST}:{state.ports['nats']}", command)


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
