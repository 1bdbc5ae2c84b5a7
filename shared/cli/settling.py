"""Waiting until everything that was set off has arrived everywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from shared.cli.client import Services
from shared.errors import Refused

SERVICES = ("survey", "coaching", "model", "campaign")
QUIET_LOOKS = 3
LOOK_SECONDS = 0.2
LONGEST_SECONDS = 120.0


@dataclass(frozen=True)
class Flow:
    """How much is still on its way in one service."""

    waiting: int
    dead_letters: int


def look(services: Services, service: str) -> Flow:
    """What a service says of its outbox, its consumers and its own work."""
    backbone: dict[str, Any] = services.get(service, "/admin/api/backbone")
    under_way = sum(one["pending"] + one["unacknowledged"] for one in backbone["consumers"].values())
    return Flow(backbone["outbox_waiting"] + under_way + backbone["work_waiting"], backbone["dead_letters"])


def settle(services: Services, seconds: float = LONGEST_SECONDS) -> int:
    """Wait until nothing moves any more; returns how many dead letters there are.

    Raises:
        Refused: it did not come to rest in time.
    """
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < QUIET_LOOKS:
        if time.monotonic() > deadline:
            raise Refused("unsettled", f"The events did not come to rest within {seconds:.0f} s.")
        flows = [look(services, service) for service in SERVICES]
        quiet = quiet + 1 if not any(flow.waiting for flow in flows) else 0
        time.sleep(LOOK_SECONDS)
    return sum(flow.dead_letters for flow in flows)
