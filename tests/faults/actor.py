"""A service as the fault programme runs it: `python -m tests.faults.actor SERVICE`.

The environment makes some things different, which no other service knows of: FAULTS_ACK_SECONDS is how soon
the broker delivers a message again whose consumer died, and while the file that FAULTS_SICK names is there every
handler refuses events whose key begins with `sick-`, as a handler with a fault would that somebody mends later.
FAULTS_POINTS is the folder in which crash points are armed (tests/faults/crashing.py), and the file that
FAULTS_CLOCK names says by how many seconds the clock is wrong that commands are given (tests/faults/clocks.py).
Where they are told, FAULTS_STATEMENT_SECONDS and FAULTS_BODY_SECONDS take the place of time limits that are longer
than anybody wants to wait, and FAULTS_BUG names a bug that is planted (tests/network/planted.py).
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared import bodies, connections, passed_over, streams
from shared.db import Database
from shared.errors import Refused
from shared.events import Event
from tests.faults.clocks import wrong
from tests.faults.crashing import Crasher
from tests.network.planted import plant

SICK = "sick-"
# How often a service looks for what the broker passed over, which it usually does once a minute.
LOOK_BACK_SECONDS = 2.0


def fall_sick(handler: Any, sickness: Path) -> Any:
    """The handler, which refuses some events while the file is there."""

    def is_sick(event: Event) -> bool:
        return event.key.startswith(SICK) and sickness.exists()

    @functools.wraps(handler)
    async def sick(event: Event, tx: Any) -> None:
        if is_sick(event):
            raise Refused("sick", "This handler has a fault.")
        await handler(event, tx)

    return sick


def shorten_limits(told: Mapping[str, str]) -> None:
    """Give time limits other lengths where the environment says so."""
    for module, limit in ((connections, "STATEMENT_SECONDS"), (bodies, "BODY_SECONDS")):
        if f"FAULTS_{limit}" in told:
            setattr(module, limit, float(told[f"FAULTS_{limit}"]))


def load(name: str) -> None:
    """Load the code of a service."""
    importlib.import_module(f"services.{name}.app")
    importlib.import_module("shared.http")


def play(name: str) -> None:
    """Run a service."""
    streams.ACK_WAIT_SECONDS = float(os.environ["FAULTS_ACK_SECONDS"])
    passed_over.EVERY_SECONDS = LOOK_BACK_SECONDS
    shorten_limits(os.environ)
    plant(os.environ.get("FAULTS_BUG", ""))
    handlers = importlib.import_module(f"services.{name}.handlers").events
    sickness = Path(os.environ["FAULTS_SICK"])
    crasher = Crasher(Path(os.environ["FAULTS_POINTS"]))
    crasher.put_everywhere()
    handlers.by_event |= {
        event: crasher.around(fall_sick(handler, sickness), "a handler")
        for event, handler in handlers.by_event.items()
    }
    usual = Database.__init__.__kwdefaults__
    assert usual is not None
    usual["clock"] = wrong(Path(os.environ["FAULTS_CLOCK"]))
    service = importlib.import_module(f"services.{name}.app").service
    importlib.import_module("shared.http").serve(service)


if __name__ == "__main__":
    play(sys.argv[1])
