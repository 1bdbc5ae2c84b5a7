"""The cells of the table: which fault a link suffers for how long, and what readiness may say meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tests.faults.cables import Fault
from tests.faults.torment import LINKS, SPOILT

NODES = "node to node"
NAMES = {
    "door": "client to service",
    "database": "service to database",
    "broker": "service to broker",
    NODES: NODES,
}
# Longer than the limits at a link: a client's 4 s (below) and 4 s for a body at the door; 8 s for a statement, 10 s
# for a request and 5 s to connect at the database; 2 s for an acknowledgement and 4 s for pings at the broker; an
# election of nodes.
SECONDS = {"door": 6.0, "database": 11.5, "broker": 8.0, NODES: 11.0}
# It is no longer than any limit: it lasts long enough for many to wait.
LATENCY_SECONDS = 5.0
# Most of what goes through a door is small: it must be slower there to be slow at all.
DOOR_PACE = 400.0

READY, DEGRADED, NOT_READY, SILENT = "ready", "degraded", "not ready", "silent"
WITH_DATABASE = frozenset({READY, DEGRADED})
HOLES = ("hole", "hole out", "hole back")
ENDINGS = ("reset", "truncation")


@dataclass(frozen=True)
class Truth:
    """What readiness may say while a fault lasts, and what each service must have said at least once."""

    may: frozenset[str]
    must: str = ""


@dataclass(frozen=True)
class Cell:
    """One fault at one link: of all services, or `of` one; `lasts` in seconds, nought is as long as usual."""

    link: str
    how: str
    lasts: float = 0.0
    of: str = ""

    @property
    def fault(self) -> Fault:
        """What the cables suffer."""
        usual = SPOILT[self.how]
        return replace(usual, pace=DOOR_PACE) if usual.pace and self.link == "door" else usual

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        if self.lasts:
            return self.lasts
        return LATENCY_SECONDS if self.how == "latency" else SECONDS[self.link]

    @property
    def truth(self) -> Truth:
        """What is true of a service whose link suffers it.

        A door says nothing of the service behind it. Where connections end, and begin again, both may be true
        for a moment; where one is only slow, whoever asks finds it so or not.
        """
        if self.link == "door":
            return Truth(frozenset({READY}))
        if self.link == NODES:
            return Truth(WITH_DATABASE)
        away, others = (
            (NOT_READY, WITH_DATABASE) if self.link == "database" else (DEGRADED, frozenset({READY}))
        )
        if self.how in HOLES:
            return Truth(frozenset({away}), away)
        return Truth(others | {away}, away if self.how in ENDINGS else "")


@dataclass
class Result:
    """What came of a cell; times in seconds.

    `unanswered` are requests of which nothing was heard, or that the service could not do then, and that were
    sent again. `gap` is the longest time without an effect while the fault lasted and until all was caught up,
    `recovery` how long that took after its end.
    """

    link: str
    fault: str
    accepted: int = 0
    unanswered: int = 0
    gap: float = 0.0
    recovery: float = 0.0
    lost: int = 0
    doubled: int = 0
    suffered: int = 0
    violations: list[str] = field(default_factory=list)

    def as_line(self) -> dict[str, Any]:
        """The same, rounded, with the violations counted."""
        rounded = {"gap": round(self.gap, 1), "recovery": round(self.recovery, 1)}
        return {**asdict(self), **rounded, "violations": len(self.violations)}


ALL = tuple(Cell(link, how) for link in (*LINKS, NODES) for how in SPOILT)
# In the tests: one of each link, and no longer than it must be.
SHORT = (
    Cell("door", "hole back", 4.5),
    Cell("database", "reset", 3.0),
    Cell("broker", "hole out", 5.5),
    Cell(NODES, "truncation", 3.0),
)


def in_order_of(seed: int, cells: Sequence[Cell]) -> list[Cell]:
    """The cells in an order of chance; those of the nodes are for another stage and come last."""
    drawn = random.Random(seed).sample(cells, len(cells))  # noqa: S311
    return sorted(drawn, key=lambda cell: cell.link == NODES)
