"""What is to run, and where: settled before anything starts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.embedded import door
from deploy.embedded.troubles import BadPlan

SERVICES = ("survey", "coaching", "model", "campaign")
DATABASES = (*SERVICES, "staff")
DEFAULT_PORTS = {name: 8001 + place for place, name in enumerate(SERVICES)} | {"nats": 4222, "monitor": 8222}
# A broker of several nodes has more.
DEFAULT_PORTS |= {"route": 6222, "nats-2": 4223, "monitor-2": 8223, "route-2": 6223}
DEFAULT_PORTS |= {"nats-3": 4224, "monitor-3": 8224, "route-3": 6224}
HIGHEST_PORT = 65_535
HOST = "127.0.0.1"
NO_DOOR: Mapping[str, str] = {}
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Plan:
    """One embedded stack.

    `ports` are the ports that somebody named: they are taken or refused, never replaced. With `any_port`
    the others are drawn at random, so that several stacks can start side by side. `durable=False` lets
    the disk be written later than promised: for tests only. `postgres_as` is how PostgreSQL runs when we
    are root: `namespace`, `nobody` or `auto` (the first that works). `nats_nodes` is one or three; nought
    is as many as the stack was made with, one where it is new.
    `door` is where partners come in from elsewhere, if they do (`door.wished`).
    """

    home: Path
    services: tuple[str, ...] = SERVICES
    ports: Mapping[str, int] = field(default_factory=dict)
    any_port: bool = False
    durable: bool = True
    prepare: bool = True
    package: str = "services"
    min_free_mb: int = 200
    postgres_as: str = "auto"
    nats_nodes: int = 0
    door: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """The plan as one argument of a command line."""
        return json.dumps(
            asdict(self) | {"home": str(self.home), "ports": dict(self.ports), "door": dict(self.door)}
        )

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan that `as_json` wrote."""
        fields = json.loads(text)
        return cls(**fields | {"home": Path(fields["home"]), "services": tuple(fields["services"])})


def default_home() -> Path:
    """The data folder: LATU_HOME, or `.latu` where the command is given."""
    return Path(os.environ.get("LATU_HOME") or ".latu").expanduser().absolute()


def usual_plan(ports: Iterable[str] = (), nats_nodes: int = 0) -> Plan:
    """The whole stack as the environment wishes it; `ports` are named ones such as `survey=9001`.

    The environment: LATU_HOME, LATU_PORTS (`survey=9001,nats=4333`), LATU_MIN_FREE_MB, LATU_POSTGRES_AS,
    and the settings of the partners' door (LATU_PARTNER_LISTEN, LATU_PARTNER_TCP and their files).

    Raises:
        BadPlan: one of them is not what it should be.
    """
    named = [*filter(None, os.environ.get("LATU_PORTS", "").split(",")), *ports]
    postgres_as = os.environ.get("LATU_POSTGRES_AS", "auto")
    if postgres_as not in {"auto", "namespace", "nobody"}:
        raise BadPlan("LATU_POSTGRES_AS is one of auto, namespace and nobody.")
    try:
        min_free_mb = int(os.environ.get("LATU_MIN_FREE_MB", Plan.min_free_mb))
    except ValueError as error:
        raise BadPlan("LATU_MIN_FREE_MB is a whole number of megabytes.") from error
    return Plan(
        default_home(),
        ports=dict(_named_port(text) for text in named),
        min_free_mb=min_free_mb,
        postgres_as=postgres_as,
        nats_nodes=nats_nodes,
        door=door.wished(),
    )


def _named_port(text: str) -> tuple[str, int]:
    name, _, number = text.strip().partition("=")
    if name not in DEFAULT_PORTS or not number.isdecimal() or not 1 <= int(number) <= HIGHEST_PORT:
        known = ", ".join(DEFAULT_PORTS)
        raise BadPlan(f"A port is named like survey=9001, with a number up to 65535, for one of {known}.")
    return name, int(number)
