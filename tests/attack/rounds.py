"""Made-up rounds: units answer, answer again and have their answers erased between releases; frames are corrected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet, Erased
from services.survey.counting import counted
from services.survey.looks import Look
from services.survey.publication import Published, Wanted, publish
from services.survey.questionnaires import Option, Question, Questionnaire
from services.survey.rounds import Category, Dimension, Frame, Round
from services.survey.weighting import CannotWeight
from tests.survey.worlds import words

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEVER = 10**6


def _question(code: str, kind: str, options: Sequence[str] = (), **rest: Any) -> Question:
    asked = {"role": "state", "topic": "wellbeing", "text": words(code)}
    chosen = tuple(Option(code=option, text=words(option)) for option in options)
    return Question.model_validate({"code": code, "kind": kind, "options": chosen, **asked, **rest})


ASKED = Questionnaire(
    code="attacked",
    version=1,
    title=words("Attacked"),
    intro=words("Attacked"),
    questions=(
        _question("level", "scale"),
        _question("share", "number", low=0, high=100),
        _question("place", "choice", ("a", "b", "c")),
        _question("ways", "multi", ("often", "seldom")),
    ),
)
ITEMS = tuple(item for question in ASKED.questions for item in question.items)


@dataclass(frozen=True)
class Reply:
    """One answer. It came in a step between releases and was erased before a later release, or never.

    values: of all items, nan where the question was left out. erasure: those with the same went together.
    """

    unit: int
    step: int
    values: Floats
    gone: int = NEVER
    erasure: str = ""

    def behind(self, release: int) -> bool:
        """Whether it was counted in a release."""
        return self.step <= release < self.gone


@dataclass(frozen=True)
class Story:
    """A whole round. places: units × dimensions. frames: as they stood at each release."""

    places: Ints
    replies: tuple[Reply, ...]
    frames: tuple[Frame, ...]
    tables: tuple[tuple[str, ...], ...]

    @property
    def releases(self) -> int:
        """How many releases there were."""
        return len(self.frames)

    def key(self, unit: int) -> tuple[str, ...]:
        """The cell of a unit."""
        return tuple(str(code) for code in self.places[unit])

    def round_at(self, release: int) -> Round:
        """The round as it stood at a release."""
        return Round(
            round="r",
            questionnaire=ASKED.code,
            title=words("R"),
            opens_on=date(2026, 1, 1),
            closes_on=date(2026, 6, 30),
            frame=self.frames[release],
            tables=self.tables,
        )

    def answers_at(self, release: int) -> AnswerSet:
        """The answers that were left at a release, and what was known of those erased until then."""
        numbers = list(self._numbers())
        left = [(seq, r) for seq, r in zip(numbers, self.replies, strict=True) if r.behind(release)]
        keys = tuple(sorted({self.key(reply.unit) for _, reply in left}))
        units = {unit: index for index, unit in enumerate(dict.fromkeys(reply.unit for _, reply in left))}
        return AnswerSet(
            items=ITEMS,
            values=np.array([reply.values for _, reply in left]).reshape(len(left), len(ITEMS)),
            cells=np.array([keys.index(self.key(reply.unit)) for _, reply in left], dtype=np.int64),
            cell_keys=keys,
            units=np.array([units[reply.unit] for _, reply in left], dtype=np.int64),
            ids=tuple(str(seq) for seq, _ in left),
            seqs=np.array([seq for seq, _ in left], dtype=np.int64),
            erased=tuple(self._erased(numbers, release)),
        )

    def _numbers(self) -> Iterator[int]:
        """Answers are numbered as they came; what is erased in a step is numbered after them."""
        yield from (10_000 * reply.step + index + 1 for index, reply in enumerate(self.replies))

    def _erased(self, numbers: Sequence[int], release: int) -> Iterator[Erased]:
        gone: dict[tuple[str, int], list[tuple[int, Reply]]] = {}
        for seq, reply in zip(numbers, self.replies, strict=True):
            if reply.gone <= release:
                gone.setdefault((reply.erasure, reply.unit), []).append((seq, reply))
        codes = [d.code for d in self.frames[0].dimensions]
        for index, ((erasure, unit), replies) in enumerate(gone.items()):
            given = ~np.isnan([reply.values for _, reply in replies]).all(axis=0)
            yield Erased(
                erasure=erasure,
                seq=10_000 * replies[0][1].gone + 5_000 + index,
                since=min(seq for seq, _ in replies),
                segment=dict(zip(codes, self.key(unit), strict=True)),
                items=frozenset(name for name, here in zip(ITEMS, given, strict=True) if here),
            )


def released(story: Story, *, remembering: bool = True) -> list[Published]:
    """All releases of a round, until one cannot be weighted. Not remembering: each is made as if the first."""
    found: list[Published] = []
    for release in range(story.releases):
        former = [one.kept for one in found]
        look = Look(release + 1, release + 1, False, 0.05)
        wanted = Wanted(f"r-{release + 1}", look, date(2026, 2, release + 1))
        known = counted(story.answers_at(release), [kept.watermark for kept in former] if remembering else ())
        try:
            found.append(publish(story.round_at(release), ASKED, known, former, wanted))
        except CannotWeight:
            break
    return found


def make_up(seed: int) -> Story:
    """A round in a small population: uneven places, few or many answering, dull or lively opinions."""
    rng = np.random.default_rng(seed)
    sizes = [int(n) for n in rng.integers(2, 5, rng.integers(2, 4))]
    population = int(rng.integers(80, 200))
    places = np.column_stack([rng.choice(n, population, p=rng.dirichlet(np.full(n, 2.0))) for n in sizes])
    for d, n in enumerate(sizes):
        places[:n, d] = np.arange(n)
    codes = [f"d{d}" for d in range(len(sizes))]
    tables = [(), *((code,) for code in codes), *([tuple(codes[:2])] if rng.random() < 0.8 else [])]
    steps = int(rng.integers(1, 5))
    opinions = rng.dirichlet(np.full(5, rng.choice([0.3, 1.0, 3.0])), population)
    opinions = 0.5 * opinions + 0.5 * rng.dirichlet(np.full(5, rng.choice([0.2, 1.0])), 1)
    replies = _replies(rng, rng.permutation(population), opinions, steps)
    frames = [_frame(places)]
    for _ in range(steps - 1):
        frames.append(_corrected(rng, frames[-1]) if rng.random() < 0.15 else frames[-1])
    return Story(places, tuple(_erase(rng, replies, steps)), tuple(frames), tuple(tables))


def _replies(rng: np.random.Generator, order: Ints, opinions: Floats, steps: int) -> list[Reply]:
    """First answers and further ones of the same units, step by step."""
    alone = rng.random() < 0.4
    first = int(rng.integers(20, 45))
    marks = np.minimum(first + np.cumsum([0, *rng.integers(0, 12, steps - 1)]), len(order))
    replies: list[Reply] = []
    for step, (low, high) in enumerate(pairwise([0, *marks.tolist()])):
        new = order[low:high].tolist()
        more = [] if alone else rng.choice(order[:high], int(rng.integers(0, max(2, high // 3)))).tolist()
        replies += [Reply(unit, step, _values(rng, opinions[unit])) for unit in (*new, *more)]
    return replies


def _values(rng: np.random.Generator, opinion: Floats) -> Floats:
    level = int(rng.choice(5, p=opinion)) + 1
    place = int(rng.choice(3, p=opinion[:3] / opinion[:3].sum()))
    own = [level, *(float(level == n) for n in range(1, 6))]
    ways = [float(rng.random() < opinion[0] + 0.2), float(rng.random() < 0.1)]
    share = np.clip(np.round(rng.normal(100 * opinion[4], 15)), 0, 100)
    values = np.array([*own, share, *(float(place == n) for n in range(3)), *ways])
    for low, high in ((0, 6), (6, 7), (7, 10), (10, 12)):
        if rng.random() < 0.04:
            values[low:high] = np.nan
    return values


def _erase(rng: np.random.Generator, replies: Sequence[Reply], steps: int) -> list[Reply]:
    """Some single answers go, some units with all they said so far, now and then a whole lot at once."""
    left = list(replies)
    for step in range(1, steps):
        for number in range(int(rng.integers(0, 3))):
            here = [i for i, reply in enumerate(left) if reply.step < step and reply.gone == NEVER]
            chosen = int(rng.choice(here))
            unit, whole = left[chosen].unit, rng.random() < 0.7
            lot = [i for i in here if left[i].unit == unit] if whole else [chosen]
            if rng.random() < 0.15:
                lot = rng.choice(here, min(8, len(here) // 3), replace=False).tolist()
            for i in lot:
                left[i] = replace(left[i], gone=step, erasure=f"{step}-{number}")
    return left


def _frame(places: Ints) -> Frame:
    return Frame(
        dimensions=tuple(
            Dimension(
                code=f"d{d}",
                label=words(f"D{d}"),
                categories=tuple(
                    Category(code=str(c), label=words(f"D{d} C{c}"), count=float((column == c).sum()))
                    for c in np.unique(column)
                ),
            )
            for d, column in enumerate(places.T)
        )
    )


def _corrected(rng: np.random.Generator, frame: Frame) -> Frame:
    """The same population, divided otherwise."""
    dimensions = []
    for dimension in frame.dimensions:
        counts = np.array(dimension.counts) * rng.uniform(0.6, 1.6, len(dimension.counts))
        counts *= frame.size / counts.sum()
        pairs = zip(dimension.categories, counts.tolist(), strict=True)
        categories = tuple(category.model_copy(update={"count": count}) for category, count in pairs)
        dimensions.append(dimension.model_copy(update={"categories": categories}))
    return Frame(dimensions=tuple(dimensions))
