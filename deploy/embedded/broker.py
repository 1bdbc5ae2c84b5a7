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
    return fetch(f"http://{HOST}:{monitor}/healthz")[0] == 200


def check_streams(home: Home, monitor: int) -> None:
    """See that every stream on disk was found again: the server itself only logs when it skips one.

    Raises:
        DataDamaged: a stream is on disk and not in the server.
    """
    kept = {path.name for path in home.nats.glob("jetstream/*/streams/*") if path.is_dir()}
    if not kept:
        return
    answer = json.loads(fetch(f"http://{HOST}:{monitor}/jsz?streams=true")[1] or "{}")
    accounts = answer.get("account_details", [])
    found = {stream["name"] for account in accounts for stream in account.get("stream_detail", [])}
    if kept - found:
        raise DataDamaged(
            f"The broker could not read its stream {', '.join(sorted(kept - found))} in {home.nats}. "
            "Nothing was changed. Restore the folder from a backup."
        )
