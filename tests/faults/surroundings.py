"""What is unusual about where a stack is tormented; the seeds of a long run take turns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SKEW_SECONDS = 90.0


class Full(StrEnum):
    """What gets full now and then."""

    NOTHING = ""
    LIMIT = "a broker without room"
    DISKS = "full disks"


@dataclass(frozen=True)
class Surroundings:
    """How many replicas each service has and nodes the broker, and by how many seconds clocks are off at most."""

    replicas: int = 1
    nodes: int = 1
    skew: float = SKEW_SECONDS
    full: Full = Full.NOTHING

    def __str__(self) -> str:
        parts = [f"{self.nodes} nodes"] if self.nodes > 1 else []
        parts += [f"{self.replicas} replicas"] if self.replicas > 1 else []
        parts += [str(self.full)] if self.full else []
        return ", ".join(parts) or "one of each"


CALM = Surroundings(skew=0.0)


def of_seed(seed: int, full: Full) -> Surroundings:
    """The surroundings whose turn it is: three nodes, two replicas, or one of each; `full` is what can get full.

    A broker of three nodes keeps every stream on each and is slower to be asked; so is what has many processes.
    """
    return (Surroundings(full=full), Surroundings(nodes=3), Surroundings(replicas=2, full=full))[seed % 3]
