"""The attack: linear programs over everything that was said, for every small group that matters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from services.survey.items import items_of
from tests.attack.knowledge import Knowledge, Person, unknowns
from tests.attack.rounds import ASKED, Story, released

Floats = npt.NDArray[np.float64]

K = 5
BROKEN_BELOW = 0.2
_FIRST_LOOKS = 24


@dataclass(frozen=True)
class Broken:
    """A group whose total is nearly known. left: the share of its possible range that is left."""

    item: str
    people: tuple[Person, ...]
    left: float
    weighted: bool


@dataclass
class Attack:
    """One question under attack. states: ways that the answers can be after all that was said."""

    knows: Knowledge
    states: list[Floats] = field(default_factory=list)
    programs: int = 0

    def furthest(self, aim: Floats) -> Floats:
        """The state in which a sum of x is greatest."""
        rows, low, high = self.knows.statements
        limits = [LinearConstraint(rows, low, high)] if rows.shape[0] else []
        found = milp(-aim, constraints=limits, bounds=Bounds(0, 1))
        assert found.status == 0, found.message
        self.states.append(found.x)
        self.programs += 1
        return np.asarray(found.x)

    def look_around(self, rng: np.random.Generator) -> None:
        """Gather some states far apart, so that most groups need no program of their own."""
        self.states.append(self.knows.truth())
        for _ in range(_FIRST_LOOKS):
            self.furthest(rng.normal(size=self.knows.size))

    def broken(
        self, groups: Sequence[tuple[Person, ...]], item: int, weight: Floats | None
    ) -> Iterator[Broken]:
        """The groups whose total of an item is known to within a fifth of its range."""
        about = [self._aim(group, item, weight) for group in groups]
        aims = np.array([aim for aim, _ in about]).reshape(len(groups), self.knows.size)
        sizes = np.array([size for _, size in about])
        seen = aims @ np.array(self.states).T
        sure = seen.max(axis=1) - seen.min(axis=1) >= BROKEN_BELOW * sizes
        for index in np.flatnonzero(~sure):
            aim, size = aims[index], sizes[index]
            known = aim @ np.array(self.states).T
            if known.max() - known.min() >= BROKEN_BELOW * size:
                continue
            apart = float(aim @ self.furthest(aim) - aim @ self.furthest(-aim))
            if apart < BROKEN_BELOW * size:
                name = items_of(ASKED)[self.knows.about.items[item]].name
                yield Broken(name, groups[index], apart / size, weight is not None)

    def _aim(self, group: Sequence[Person], item: int, weight: Floats | None) -> tuple[Floats, float]:
        aim, size = np.zeros(self.knows.size), 0.0
        for person in group:
            own = 1.0 if weight is None else float(weight[person.unit])
            size += own
            for j, v in self.knows.value(person, item).items():
                aim[j] += own * v
        return aim, size


def groups_of(knows: Knowledge, most: int, rng: np.random.Generator) -> list[tuple[Person, ...]]:
    """Every group of fewer than k units that need be looked at, or a sample of `most` of them.

    Units of one cell with the same history are alike to an attacker. How far a group's total can vary is a
    concave function of how many of each kind are in it, so that the best known groups are made of whole kinds,
    or have k - 1 units of whole kinds and a part of one more.
    """
    kinds = _kinds(knows)
    small = [kind for kind in kinds if len(kind) < K]
    found: dict[frozenset[Person], None] = {}
    for count in range(K):
        for some in combinations(small, count):
            if sum(map(len, some)) < K:
                whole = tuple(person for kind in some for person in kind)
                for group in (whole, *_filled(whole, kinds)):
                    if group and len({person.unit for person in group}) == len(group):
                        found[frozenset(group)] = None
        if len(found) > 20 * most:
            break
    groups = [tuple(group) for group in found]
    if len(groups) <= most:
        return groups
    singles = [group for group in groups if len(group) == 1]
    return singles + [groups[i] for i in rng.choice(len(groups), most, replace=False)]


def _kinds(knows: Knowledge) -> list[list[Person]]:
    """Units with the values that they had, those together that no figure can tell apart."""
    found: dict[object, list[Person]] = {}
    for release in range(len(knows.releases)):
        for person in knows.people(release):
            replies = [
                knows.story.replies[a] for a in knows.answers if knows.story.replies[a].unit == person.unit
            ]
            history = tuple((reply.step, reply.gone) for reply in replies)
            own = tuple((r.step, r.gone) for r in (knows.story.replies[a] for a in person.answers))
            people = found.setdefault((knows.story.key(person.unit), history, own), [])
            if person not in people:
                people.append(person)
    return list(found.values())


def _filled(whole: tuple[Person, ...], kinds: Sequence[list[Person]]) -> Iterator[tuple[Person, ...]]:
    missing = K - 1 - len(whole)
    for kind in kinds:
        if len(kind) > missing > 0 and kind[0] not in whole:
            yield (*whole, *kind[:missing])


def attack(story: Story, seed: int, *, most: int = 2000, exact: bool = False) -> tuple[list[Broken], int]:
    """The groups that all releases of a round give away, and how many programs were solved to find them."""
    rng = np.random.default_rng(seed)
    published, found, programs = released(story), [], 0
    if not published:
        return [], 0
    last = published[-1].kept.weights
    middling = float(np.mean(list(last.values())))
    weight = np.array([last.get(story.key(unit), middling) for unit in range(len(story.places))])
    for about in unknowns():
        one = Attack(Knowledge(story, published, about, exact))
        one.look_around(rng)
        groups = groups_of(one.knows, most, rng)
        for item in range(len(about.items)):
            for weights in (None, weight):
                found += one.broken(groups, item, weights)
        programs += one.programs
    return found, programs
