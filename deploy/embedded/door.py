"""The partners' doors: NATS with TLS, over WebSocket or TCP, for who does not come from this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.troubles import BadPlan

# Where each listens, and what each is shown with.
DOORS = {"websocket": "LATU_PARTNER_LISTEN", "tcp": "LATU_PARTNER_TCP"}
FILES = {"certificate": "LATU_PARTNER_CERTIFICATE", "key": "LATU_PARTNER_KEY"}


def wished(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where the doors are, and certificate and key, as the environment wishes it; empty where there is none.

    Raises:
        BadPlan: only some are named, an address has no port, or a file cannot be read.
    """
    doors = {name: environment[setting] for name, setting in DOORS.items() if environment.get(setting)}
    files = {name: environment[setting] for name, setting in FILES.items() if environment.get(setting)}
    if not doors and not files:
        return {}
    if not doors or len(files) < len(FILES):
        needed = f"{' and '.join(FILES.values())} are given together, with {' or '.join(DOORS.values())}"
        raise BadPlan(f"{needed}.")
    for name, place in doors.items():
        _check_place(name, place)
    for path in files.values():
        if not os.access(path, os.R_OK):
            raise BadPlan(f"{path} cannot be read: it is named for the partners' door.")
    return doors | {name: str(Path(path).absolute()) for name, path in files.items()}


def _check_place(name: str, place: str) -> None:
    host, _, port = place.rpartition(":")
    if not port.isdecimal():
        raise BadPlan(f"{DOORS[name]} is an address with its port, such as 0.0.0.0:8443.")
    if name == "tcp" and not host:
        raise BadPlan(
            f"{DOORS[name]} has the name that is in the certificate, such as nats.example.org:4222."
        )


def port_of(door: Mapping[str, str]) -> dict[str, int]:
    """The port of the broker that the door over TCP asks for, by its name in a plan."""
    return {"nats": int(door["tcp"].rpartition(":")[2])} if "tcp" in door else {}


def address_of(door: Mapping[str, str], otherwise: str) -> tuple[str, str]:
    """Scheme and host by which the services come to the broker: with TLS they need the certificate's name."""
    return ("tls", door["tcp"].rpartition(":")[0]) if "tcp" in door else ("nats", otherwise)


def configured(door: Mapping[str, str]) -> str:
    """The doors in the broker's configuration."""
    if not door:
        return ""
    files = {name: json.dumps(door[name]) for name in FILES}
    tls = f"tls {{ cert_file: {files['certificate']}, key_file: {files['key']} }}\n"
    text = tls if "tcp" in door else ""
    if "websocket" in door:
        text += f"websocket {{\n  listen: {json.dumps(door['websocket'])}\n  {tls}}}\n"
    return text
