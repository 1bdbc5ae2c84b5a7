"""The families of worlds that are watched, and how many of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.simulate.asked import Asked, as_fielded, at_the_boundary, some_true
from tests.simulate.scores import Sums, score
from tests.simulate.watch import Holding, all_fresh, every_few, few_looks
from tests.survey.worlds import Nature, World, make_world

SIZES = (420, 150)


@dataclass(frozen=True)
class Family:
    """Worlds of one kind. often: looks every 5 answers to 90 % of N; otherwise 4 and a close at 45 %.

    claims: which of them are true. held: figures of which too few units changed stand as they are. share: of the
    worlds asked for.
    """

    says: str
    nature: Nature
    often: bool = True
    claims: Literal["none", "some", "fielded"] = "none"
    held: bool = False
    share: float = 0.5


WHOLE, PART, HURRIED = Nature(whole=True), Nature(), Nature(hurry=0.35)

FAMILIES = {
    "whole": Family("whole staffs of 1–5 answer, every claim false by nothing", WHOLE),
    "part": Family("1–5 of a staff of 20–50 answer, every claim false by nothing", PART),
    "usual": Family("as `part`, 4 early looks, close at 45 % of N", PART, often=False),
    "held": Family("as `part`, figures wait for 5 changed units", PART, held=True, share=0.25),
    "mixed": Family("as `part`, a fifth of the claims true", PART, claims="some", share=0.25),
    "usual_mixed": Family("as `usual`, a fifth of the claims true", PART, often=False, claims="some"),
    "fielded": Family("as `usual`, the rules and levels of the product", PART, often=False, claims="fielded"),
    "hurried": Family("as `part`, who thinks well answers sooner", HURRIED, share=0.1),
}


@dataclass(frozen=True)
class Job:
    """One world to be watched."""

    family: str
    size: int
    number: int
    seed: int

    @property
    def name(self) -> str:
        """Under which its sums are kept."""
        return f"{self.family} {self.size}"


def jobs(worlds: int, seed: int, sizes: tuple[int, ...] = SIZES) -> Iterator[Job]:
    """All the worlds of a run: of every family and size its share of the number asked for, at least one."""
    counts = {name: max(1, round(worlds * family.share)) for name, family in FAMILIES.items()}
    for number in range(max(counts.values())):
        for name, count in counts.items():
            if number < count:
                yield from (Job(name, size, number, seed) for size in sizes)


def run(job: Job) -> Sums:
    """Make the world, watch it, and count."""
    family = FAMILIES[job.family]
    key = [job.seed, list(FAMILIES).index(job.family), job.size, job.number]
    rng = np.random.default_rng(key)
    world = make_world(rng, job.size, nature=family.nature)
    asked = _claims(family, world, rng)
    planned = every_few(job.size) if family.often else few_looks(job.size)
    return score(world, asked, planned, Holding() if family.held else all_fresh)


def _claims(family: Family, world: World, rng: np.random.Generator) -> Asked:
    if family.claims == "some":
        return some_true(world, rng)
    return as_fielded(world) if family.claims == "fielded" else at_the_boundary(world)
