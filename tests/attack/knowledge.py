"""What an attacker knows who has the frame, the weights, every release, and sees who answers what and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from services.survey.items import Item, items_of
from services.survey.publication import Published
from services.survey.segments import Segment, members
from shared.events import Figure
from tests.attack.rounds import ASKED, ITEMS, Story

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Person:
    """A unit with the answers to a question that were behind one of its values, by their numbers."""

    unit: int
    answers: tuple[int, ...]


@dataclass(frozen=True)
class Unknowns:
    """What is to be found out of one question: how each of its answers divides between its parts.

    The parts of a scale are its levels, of a choice its options; of anything else there is one, from 0 to 1.
    items: those of the question, by index. coefs: items × parts, their value of an answer that is all one part.
    """

    items: tuple[int, ...]
    coefs: Floats
    whole: bool

    @property
    def parts(self) -> int:
        """How many parts an answer has."""
        return int(self.coefs.shape[1])


def unknowns() -> list[Unknowns]:
    """Of each question; the options of a multiple choice are questions of their own."""
    found, place = [], {name: index for index, name in enumerate(ITEMS)}
    for question in ASKED.questions:
        items = tuple(place[name] for name in question.items)
        if question.kind == "multi":
            found += [Unknowns((item,), np.ones((1, 1)), whole=False) for item in items]
        elif question.kind == "choice":
            found.append(Unknowns(items, np.eye(len(items)), whole=True))
        elif question.levels:
            levels = (np.array(question.levels, dtype=float) - question.low) / (question.high - question.low)
            found.append(Unknowns(items, np.vstack([levels, np.eye(len(levels))]), whole=True))
        else:
            found.append(Unknowns(items, np.ones((1, 1)), whole=False))
    return found


@dataclass(frozen=True)
class Knowledge:
    """What the releases say of one question: figures · x between low and high, with x the answers' parts.

    exact: as if figures were not rounded.
    """

    story: Story
    releases: Sequence[Published]
    about: Unknowns
    exact: bool = False

    @cached_property
    def answers(self) -> list[int]:
        """The answers that answer the question, by number, erased ones as well."""
        item = self.about.items[0]
        return [i for i, reply in enumerate(self.story.replies) if not np.isnan(reply.values[item])]

    @cached_property
    def place(self) -> dict[int, int]:
        """Where the parts of an answer begin in x."""
        return {answer: index * self.about.parts for index, answer in enumerate(self.answers)}

    @property
    def size(self) -> int:
        """How long x is."""
        return len(self.answers) * self.about.parts

    def people(self, release: int) -> list[Person]:
        """The units behind a release with what they had answered."""
        found: dict[int, list[int]] = {}
        for answer in self.answers:
            if self.story.replies[answer].behind(release):
                found.setdefault(self.story.replies[answer].unit, []).append(answer)
        return [Person(unit, tuple(answers)) for unit, answers in found.items()]

    def value(self, person: Person, item: int) -> dict[int, float]:
        """The value of a unit as coefficients on x, from 0 to 1 along the scale of the item."""
        coefs = self.about.coefs[item] / len(person.answers)
        return {self.place[a] + part: c for a in person.answers for part, c in enumerate(coefs) if c}

    @cached_property
    def statements(self) -> tuple[csr_array, Floats, Floats]:
        """Everything said: rows on x with their least and greatest value."""
        rows: list[dict[int, float]] = []
        ends: list[tuple[float, float]] = []
        for said, low, high in self._said():
            rows.append(said)
            ends.append((low, high))
        entries = [(i, j, v) for i, row in enumerate(rows) for j, v in row.items()]
        i, j, v = (np.array(part) for part in zip(*entries, strict=True)) if entries else (np.zeros(0),) * 3
        shape = (len(rows), self.size)
        low, high = np.array(ends).reshape(len(rows), 2).T
        return csr_array(coo_array((v, (i.astype(int), j.astype(int))), shape=shape)), low, high

    def _said(self) -> Iterator[tuple[dict[int, float], float, float]]:
        if self.about.whole:
            for start in self.place.values():
                yield {start + part: 1.0 for part in range(self.about.parts)}, 1.0, 1.0
        items = items_of(ASKED)
        truth = self.truth()
        for release, published in enumerate(self.releases):
            for index, item in enumerate(self.about.items):
                for row, figure in self._figures(release, published, index):
                    exact = sum(truth[j] * v for j, v in row.items())
                    low, high = (exact, exact) if self.exact else _ends(items[item], figure)
                    yield row, low - 1e-9, high + 1e-9

    def _figures(
        self, release: int, published: Published, index: int
    ) -> Iterator[tuple[dict[int, float], Figure]]:
        """New figures of an item, and differences from the rest that were told."""
        name, number = ITEMS[self.about.items[index]], published.kept.release.number
        for cell in published.kept.release.cells:
            if cell.item == name and cell.made_for == number:
                inside = Segment(tuple(cell.segment.items()))
                yield self._mean(release, published, index, [(inside, True)]), cell.figure

    def _mean(
        self, release: int, published: Published, index: int, where: Sequence[tuple[Segment, bool]]
    ) -> dict[int, float]:
        """The weighted mean of those inside (or outside) some segments, as coefficients on x."""
        people = self.people(release)
        keys = [self.story.key(person.unit) for person in people]
        frame = self.story.frames[release]
        inside = np.all([members(frame, [s], keys)[0] == within for s, within in where], axis=0)
        weight = np.array([published.kept.weights[key] for key in keys]) * inside
        row: dict[int, float] = {}
        for person, share in zip(people, weight / weight.sum(), strict=True):
            if share:
                for j, v in self.value(person, index).items():
                    row[j] = row.get(j, 0.0) + share * v
        return row

    def truth(self) -> Floats:
        """What was really answered, as x."""
        x = np.zeros(self.size)
        first, *rest = self.about.items
        for answer, start in self.place.items():
            values = self.story.replies[answer].values
            own = values[[*rest]] if len(rest) == self.about.parts else values[[first, *rest]]
            item = items_of(ASKED)[first]
            x[start : start + self.about.parts] = (
                own if self.about.whole else (own - item.low) / (item.high - item.low)
            )
        return x


def _ends(item: Item, figure: Figure) -> tuple[float, float]:
    """What a rounded figure can have been, from 0 to 1 along the scale of the item."""
    times, half = (100.0, 0.5) if item.kind == "share" else (1.0, 0.05)
    span = item.high - item.low
    return tuple(((figure.estimate + sign * half) / times - item.low) / span for sign in (-1, 1))  # type: ignore[return-value]
