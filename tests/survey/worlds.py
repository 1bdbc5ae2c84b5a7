"""Made-up populations whose true figures are known, for testing what the evidence engine says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet
from services.survey.items import Item, items_of
from services.survey.questionnaires import Option, Question, Questionnaire
from services.survey.rounds import Category, Dimension, Frame, Round
from services.survey.segments import Segment, members
from shared.events import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CATEGORIES = (6, 5, 4)
_HALO = 0.3
_MEMBERS = 0.9


def words(text: str) -> Text:
    """The same text in every language."""
    return Text(fi=text, en=text, sv=text)


def questionnaire(scales: int, multis: int) -> Questionnaire:
    """So many scales of state from 1 to 5, and a multiple choice of so many practices (none, or two and more)."""
    states = [
        Question(code=f"state-{i}", kind="scale", role="state", topic="wellbeing", text=words(f"State {i}"))
        for i in range(scales)
    ]
    options = tuple(
        Option(code=f"p{i}", text=words(f"Practice {i}"), practice=f"practice-{i}") for i in range(multis)
    )
    asked = {"code": "practices", "kind": "multi", "role": "practice", "topic": "leadership"}
    if multis:
        states.append(Question(**asked, text=words("Practices"), options=options))
    return Questionnaire(
        code="made-up",
        version=1,
        title=words("Made up"),
        intro=words("Made up"),
        questions=tuple(states),
    )


@dataclass(frozen=True)
class Nature:
    """What a population is like.

    whole: staffs of 1 to 5, all of whom answer; otherwise 1 to 5 answer of a staff of 20 to 50. hurry: how much
    sooner (in standard deviations of the order) who thinks well of things answers; 0 is chance within cells.
    """

    whole: bool = False
    hurry: float = 0.0


@dataclass(frozen=True)
class World:
    """A population of organisations, all of whose staff have an opinion.

    places: organisations × dimensions, index of the category. opinions: one array for each organisation, staff
    × items; its first `answering` rows answer. truth: organisations × items, their staffs' means. order: who
    answers, in turn. classes: of each item, what kind of answers it gets.
    """

    round: Round
    questionnaire: Questionnaire
    places: Ints
    opinions: tuple[Floats, ...]
    truth: Floats
    order: Ints
    answering: Ints
    classes: tuple[str, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Its items; the levels of scales cost time and no rule looks at them."""
        return tuple(item for item in items_of(self.questionnaire) if item.level is None)

    @property
    def size(self) -> int:
        """Organisations in it."""
        return len(self.places)

    def answers(self, organisations: int, *, after: int = 0) -> AnswerSet:
        """What the first so many organisations answered, leaving out those up to `after`."""
        chosen = self.order[after:organisations]
        before = int(self.answering[self.order[:after]].sum())
        rows = [self.opinions[o][: self.answering[o]] for o in chosen]
        units = np.repeat(np.arange(after, after + len(chosen)), [len(row) for row in rows])
        keys = [self.keys[o] for o in chosen]
        cell_keys = tuple(sorted(set(keys)))
        cells = np.array([cell_keys.index(key) for key in keys])[units - after]
        seqs = np.arange(before + 1, before + len(units) + 1)
        return AnswerSet(
            items=tuple(item.name for item in self.items),
            values=np.vstack(rows),
            cells=cells,
            cell_keys=cell_keys,
            units=units,
            ids=tuple(f"a{seq}" for seq in seqs),
            seqs=seqs,
        )

    @cached_property
    def keys(self) -> list[tuple[str, ...]]:
        """The cell of each organisation."""
        return [tuple(map(str, place)) for place in self.places.tolist()]

    def true_means(self, segments: tuple[Segment, ...]) -> Floats:
        """The figures of the finite population: items × segments."""
        inside = members(self.round.frame, segments, self.keys)
        return (inside @ self.truth / inside.sum(axis=1)[:, None]).T

    def true_gaps(self, segments: tuple[Segment, ...]) -> Floats:
        """How far each segment lies above all the rest: items × segments, nan for the region."""
        inside = members(self.round.frame, segments, self.keys)
        sizes, whole = inside.sum(axis=1), self.truth.sum(axis=0)
        total = (inside @ self.truth).T
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(total / sizes - (whole[:, None] - total) / (self.size - sizes))


def frame_of(places: Ints) -> Frame:
    """A frame that counts a population without error."""
    return Frame(
        dimensions=tuple(
            Dimension(
                code=f"d{d}",
                label=words(f"Dimension {d}"),
                categories=tuple(
                    Category(code=str(c), label=words(f"D{d} C{c}"), count=float((places[:, d] == c).sum()))
                    for c in np.unique(places[:, d])
                ),
            )
            for d in range(places.shape[1])
        )
    )


def make_world(
    rng: np.random.Generator, size: int = 420, scales: int = 17, multis: int = 8, nature: Nature | None = None
) -> World:
    """A population with symmetric, ceiling and yes-or-no items, of which some kinds answer sooner."""
    nature = nature or Nature()
    places = np.column_stack([rng.choice(n, size, p=_shares(n)) for n in CATEGORIES])
    mood = rng.normal(0, 1, size)
    staff = rng.integers(1, 6, size) if nature.whole else rng.integers(20, 51, size)
    opinions = _opinions(rng, _leanings(rng, places, mood, scales + multis), staff, scales)
    return World(
        round=Round(
            round="made-up",
            questionnaire="made-up",
            title=words("Made up"),
            opens_on=date(2026, 1, 1),
            closes_on=date(2026, 6, 30),
            frame=frame_of(places),
        ),
        questionnaire=questionnaire(scales, multis),
        places=places,
        opinions=opinions,
        truth=np.array([of_one.mean(axis=0) for of_one in opinions]),
        order=np.argsort(_delay(rng, places) - nature.hurry * mood, kind="stable"),
        answering=np.minimum(rng.integers(1, 6, size), staff) if not nature.whole else staff,
        classes=_classes(scales, multis),
    )


def _classes(scales: int, multis: int) -> tuple[str, ...]:
    kinds = (scales - scales // 2, scales // 2, multis - multis // 2, multis // 2)
    names = ("symmetric", "ceiling", "binary", "extreme")
    return tuple(name for name, count in zip(names, kinds, strict=True) for _ in range(count))


def _leanings(rng: np.random.Generator, places: Ints, mood: Floats, items: int) -> Floats:
    """How each organisation leans on each item: by its categories, by its mood, by itself."""
    effects = rng.normal(0, 0.3, (len(CATEGORIES), max(CATEGORIES), items))
    own = np.sqrt(_HALO) * mood[:, None] + np.sqrt(1 - _HALO) * rng.normal(0, 1, (len(mood), items))
    return 0.45 * own + sum(effects[d, places[:, d]] for d in range(len(CATEGORIES)))


def _opinions(rng: np.random.Generator, leanings: Floats, staff: Ints, scales: int) -> tuple[Floats, ...]:
    """What every member of every staff thinks; extreme items are those that nearly all or nearly none chose."""
    people, multis = np.repeat(leanings, staff, axis=0), leanings.shape[1] - scales
    centre = np.where(np.arange(scales) < scales - scales // 2, 3.0, 4.4)
    scale = centre + people[:, :scales] + rng.normal(0, _MEMBERS, (len(people), scales))
    likely, rare = rng.uniform(0.3, 0.75, multis), rng.uniform(0.03, 0.1, multis)
    extreme = np.arange(multis) >= multis - multis // 2
    chance = np.where(extreme, np.where(np.arange(multis) % 2, 1 - rare, rare), likely)
    bar = 1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + people[:, scales:])))
    yes = (rng.random((len(people), multis)) < bar).astype(float)
    all_ = np.hstack([np.clip(np.rint(scale), 1, 5), yes])
    return tuple(np.split(all_, np.cumsum(staff)[:-1]))


def _delay(rng: np.random.Generator, places: Ints) -> Floats:
    """When each organisation answers, on a scale whose chance part has a standard deviation of 1.28."""
    sooner = 0.5 + places @ np.array([0.1, 0.05, 0.25])
    return np.asarray(np.log(rng.exponential(1, len(places)) / sooner))


def _shares(n: int) -> Floats:
    shares = 1 / np.arange(2, n + 2)
    return np.asarray(shares / shares.sum())
