"""What every service of the compose file must have, so that a container that is broken into is worth little."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

FILE = ROOT / "docker-compose.yml"
# A tag that says a whole version, such as 18.6-trixie or v3.13.3.
PINNED = re.compile(r":v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY")
OF_A_FILE = re.compile(r"_FILE(__|$)|__FILE$")
# The program of the front has this right written into its file, and no process gets it.
RIGHTS = {"front": ["NET_BIND_SERVICE"]}
# Its first port is for everybody.
OPEN = {"front"}
ROOT_USERS = {"", "0", "root"}


def load(path: Path = FILE) -> dict[str, Any]:
    """A compose file with its anchors resolved."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def broken(document: Mapping[str, Any]) -> list[str]:
    """Every rule that a compose file breaks, one sentence each."""
    secrets = document.get("secrets", {})
    said = [
        f"{name} {what}"
        for name, service in document["services"].items()
        for what in _of_one(name, service, secrets)
    ]
    said += [f"the secret {name} is no file" for name, secret in secrets.items() if set(secret) != {"file"}]
    networks = document.get("networks", {})
    if len(networks) != 1 or not all(network.get("name") for network in networks.values()):
        said.append("there is not exactly one network, with a name")
    return said


def _of_one(name: str, service: Mapping[str, Any], secrets: Mapping[str, Any]) -> list[str]:
    user = str(service.get("user", "")).split(":")[0]
    wrong = {
        "has no health check": not service.get("healthcheck", {}).get("test"),
        "has no limit of memory, processors and processes": not {"mem_limit", "cpus", "pids_limit"}
        <= set(service),
        "has a root that can be written": service.get("read_only") is not True,
        "keeps rights of root": service.get("cap_drop") != ["ALL"]
        or service.get("cap_add", []) != RIGHTS.get(name, []),
        "can gain rights": "no-new-privileges:true" not in service.get("security_opt", []),
        "runs as root": user in ROOT_USERS,
        "is privileged or has the host's namespaces": bool(
            {"privileged", "pid", "ipc", "network_mode"} & set(service)
        ),
        "does not say what becomes of it when it ends": "restart" not in service,
        "lets its log grow for ever": "max-size" not in service.get("logging", {}).get("options", {}),
        "has an image of no certain version": not _is_pinned(str(service.get("image", ""))),
        "has a secret in its environment": any(map(_is_secret, service.get("environment", {}).items())),
        "names a secret that there is not": not set(service.get("secrets", [])) <= set(secrets),
        "opens a port to everybody": name not in OPEN and any(map(_is_open, service.get("ports", []))),
    }
    return [what for what, is_so in wrong.items() if is_so]


def _is_pinned(image: str) -> bool:
    default = re.fullmatch(r"\$\{\w+:-(.+)\}", image)
    return bool(PINNED.search(default.group(1) if default else image))


def _is_secret(setting: tuple[str, object]) -> bool:
    name, value = setting
    in_address = re.search(r"://[^/@:]+:[^/@]+@", str(value))
    return bool(in_address) or bool(SECRET.search(name) and not OF_A_FILE.search(name) and value)


def _is_open(port: object) -> bool:
    return not str(port).startswith("127.0.0.1:")
