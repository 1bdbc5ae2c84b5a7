"""What is unusual about where a stack is tormented; the seeds of a long run take turns."""

from __future__ import annotations

from dataclasses import dataclass

SKEW_SECONDS = 90.0


@dataclass(frozen=True)
class Surroundings:
    """How many replicas each service has and nodes the broker, and by how many seconds clocks are off at most.

    `full` says that disks get full now and then.
    """

    replicas: int = 1
    nodes: int = 1
    skew: float = SKEW_SECONDS
    full: bool = False

    def __str__(self) -> str:
        parts = [f"{self.nodes} nodes"] if self.nodes > 1 else []
        parts += [f"{self.replicas} replicas"] if self.replicas > 1 else []
        parts += ["full disks"] if self.full else []
        return ", ".join(parts) or "one of each"


CALM = Surroundings(skew=0.0)
# A broker of three nodes keeps every stream on each, and is slower to be asked; so is what has many processes.
TURNS = (Surroundings(nodes=3), Surroundings(replicas=2, full=True), Surroundings(full=True))


def of_seed(seed: int) -> Surroundings:
    """The surroundings whose turn it is."""
    return TURNS[(seed - 1) % len(TURNS)]
