"""The partners' door: NATS over WebSocket with TLS, for who does not come from this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.home import Home, write_private
from deploy.embedded.troubles import BadPlan

SETTINGS = {
    "listen": "LATU_PARTNER_LISTEN",
    "certificate": "LATU_PARTNER_CERTIFICATE",
    "key": "LATU_PARTNER_KEY",
}
# The nkey of a partner is proven by a signature; with a CA its client needs a certificate as well.
CLIENT_CA = "LATU_PARTNER_CLIENT_CA"


def wished(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Address, certificate and key of the door as the environment wishes it; empty where there is none.

    Raises:
        BadPlan: only some are named, the address has no port, or a file cannot be read.
    """
    found = {name: environment.get(setting, "") for name, setting in SETTINGS.items()}
    if not any(found.values()):
        return {}
    if not all(found.values()):
        raise BadPlan(f"{', '.join(SETTINGS.values())} are given together.")
    if not found["listen"].rpartition(":")[2].isdecimal():
        raise BadPlan(f"{SETTINGS['listen']} is an address with its port, such as 0.0.0.0:8443.")
    files = {name: environment[setting] for name, setting in SETTINGS.items() if name != "listen"}
    if environment.get(CLIENT_CA):
        files["client_ca"] = environment[CLIENT_CA]
    for path in files.values():
        if not os.access(path, os.R_OK):
            raise BadPlan(f"{path} cannot be read: it is named for the partners' door.")
    return {"listen": found["listen"]} | {name: str(Path(path).absolute()) for name, path in files.items()}


def write_door(home: Home, door: Mapping[str, str]) -> None:
    """Put the door where the first node reads it."""
    write_private(home.door_file, configured(door) if door else "")


def configured(door: Mapping[str, str]) -> str:
    """The door in the broker's configuration."""
    quoted = {name: json.dumps(value) for name, value in door.items()}
    asked = f"    ca_file: {quoted['client_ca']}\n    verify: true\n" if "client_ca" in door else ""
    return (
        f"websocket {{\n  listen: {quoted['listen']}\n  tls {{\n"
        f"    cert_file: {quoted['certificate']}\n    key_file: {quoted['key']}\n{asked}  }}\n}}\n"
    )
