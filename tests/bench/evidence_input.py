"""Synthetic answers for the benchmark of the evidence engine: seeded, of people, in one round of 40 questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet
from services.survey.questionnaires import Option, Question, Questionnaire
from services.survey.rounds import Category, Dimension, Frame, Round
from shared.events import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]

SEED = 20_261
POPULATION = 5_000_000
# 480 cells; two of the dimensions also make a table together, 44 declared segments in all.
CATEGORIES = {"area": 6, "industry": 5, "size": 4, "sector": 2, "place": 2}
TOGETHER = ("area", "size")
SCALES, MULTIS, OPTIONS = 36, 4, 4
SKIPPED = -1
# Categories and their pairs in the population, and who answers: standard deviations of the log of each share.
UNEVEN, TIED, UNWILLING, UNWILLING_CELL = 0.35, 0.12, 0.3, 0.15
BATCH = 50_000


def words(text: str) -> Text:
    """The same text in every language."""
    return Text(fi=text, en=text, sv=text)


@dataclass(frozen=True)
class Input:
    """So many answers of a round, in the order in which they came in.

    cells: for each answer an index into `cell_keys`. given: for each column (a scale, or an option of a
    multiple choice) its answers as small whole numbers, SKIPPED where there is none.
    """

    round: Round
    questionnaire: Questionnaire
    cell_keys: tuple[tuple[str, ...], ...]
    cells: Ints
    given: dict[str, Bytes]

    def __len__(self) -> int:
        return len(self.cells)

    def answers(self, start: int, stop: int) -> AnswerSet:
        """Some of the answers as the survey service holds them, every one a unit of its own."""
        columns = [
            column
            for question in self.questionnaire.questions
            for column in self._columns(question, slice(start, stop))
        ]
        return AnswerSet(
            items=self.items,
            values=np.column_stack(columns),
            cells=self.cells[start:stop],
            cell_keys=self.cell_keys,
            units=np.arange(start, stop),
            ids=tuple(map(str, range(start, stop))),
            seqs=np.arange(start + 1, stop + 1),
        )

    def batches(self, stop: int) -> Iterator[AnswerSet]:
        """The first answers, batch by batch, as a fold reads them."""
        for start in range(0, stop, BATCH):
            yield self.answers(start, min(start + BATCH, stop))

    @cached_property
    def items(self) -> tuple[str, ...]:
        """The names of all items."""
        return tuple(item for question in self.questionnaire.questions for item in question.items)

    def _columns(self, question: Question, some: slice) -> Iterator[Floats]:
        if question.kind == "multi":
            yield from (self.given[item][some].astype(np.float64) for item in question.items)
            return
        raw = self.given[question.code][some]
        yield np.where(raw == SKIPPED, np.nan, raw)
        for item in question.items[1:]:
            level = int(item.split(":")[1])
            yield np.where(raw == SKIPPED, np.nan, raw == level)


def make_input(size: int, scales: int = SCALES, multis: int = MULTIS) -> Input:
    """`size` answers. Whatever their number, population and round are the same."""
    chance = np.random.default_rng(SEED)
    places = np.array(list(product(*(range(n) for n in CATEGORIES.values()))))
    people, answering = _shares(chance, places)
    questionnaire = _questionnaire(scales, multis)
    counts = chance.multinomial(POPULATION, people)
    cells = np.random.default_rng([SEED, size]).choice(len(places), size, p=answering)
    return Input(
        round=_round(places, counts),
        questionnaire=questionnaire,
        cell_keys=tuple(_key(place) for place in places),
        cells=cells,
        given=_given(np.random.default_rng([SEED, size, 1]), questionnaire, places[cells]),
    )


def _shares(chance: np.random.Generator, places: Ints) -> tuple[Floats, Floats]:
    """The share of each cell in the population, and among those who answer."""
    uneven, unwilling = np.zeros(len(places)), chance.normal(0, UNWILLING_CELL, len(places))
    for d, categories in enumerate(CATEGORIES.values()):
        uneven += chance.normal(0, UNEVEN, categories)[places[:, d]]
        unwilling += chance.normal(0, UNWILLING, categories)[places[:, d]]
    for first, second in zip(range(4), range(1, 5), strict=True):
        uneven += chance.normal(0, TIED, (6, 6))[places[:, first], places[:, second]]
    people, answering = np.exp(uneven), np.exp(uneven + unwilling)
    return people / people.sum(), answering / answering.sum()


def _given(chance: np.random.Generator, questionnaire: Questionnaire, places: Ints) -> dict[str, Bytes]:
    """All answers: on scales by category and chance, a few skipped; options chosen with some probability."""
    given: dict[str, Bytes] = {}
    for number, question in enumerate(questionnaire.questions):
        leaning = sum(
            np.random.default_rng([SEED, number, d]).normal(0, 0.3, categories)[places[:, d]]
            for d, categories in enumerate(CATEGORIES.values())
        )
        if question.kind == "multi":
            for index, item in enumerate(question.items):
                likely = 1 / (1 + np.exp(0.4 * index - leaning))
                given[item] = (chance.random(len(places)) < likely).astype(np.int8)
            continue
        felt = 2.6 + number % 5 / 4 + leaning + chance.normal(0, 1, len(places))
        skipped = chance.random(len(places)) < 0.01 + number % 4 / 50
        given[question.code] = np.where(skipped, SKIPPED, np.clip(np.rint(felt), 1, 5)).astype(np.int8)
    return given


def _key(place: Ints) -> tuple[str, ...]:
    return tuple(f"{dimension}-{c}" for dimension, c in zip(CATEGORIES, place.tolist(), strict=True))


def _round(places: Ints, counts: Ints) -> Round:
    dimensions = [
        Dimension(
            code=code,
            label=words(code),
            categories=tuple(
                Category(
                    code=f"{code}-{c}",
                    label=words(f"{code} {c}"),
                    count=float(counts[places[:, d] == c].sum()),
                )
                for c in range(categories)
            ),
        )
        for d, (code, categories) in enumerate(CATEGORIES.items())
    ]
    return Round(
        round="bench-evidence",
        questionnaire="bench-evidence",
        title=words("Synthetic round of the benchmark"),
        unit="person",
        status="open",
        opens_on=date(2026, 1, 1),
        closes_on=date(2026, 12, 31),
        frame=Frame(dimensions=tuple(dimensions)),
        tables=((), *((code,) for code in CATEGORIES), TOGETHER),
        synthetic=True,
    )


def _questionnaire(scales: int, multis: int) -> Questionnaire:
    questions = [
        Question(
            code=f"state-{i:02}", kind="scale", role="state", topic="wellbeing", text=words(f"State {i}")
        )
        for i in range(scales)
    ]
    for i in range(multis):
        role = "practice" if i % 2 else "barrier"
        options = tuple(
            Option(code=f"o{o}", text=words(f"Option {o}"), practice=f"p{i}-{o}" if i % 2 else "")
            for o in range(OPTIONS)
        )
        code, text = f"multi-{i}", words(f"Several {i}")
        questions.append(
            Question(code=code, kind="multi", role=role, topic="leadership", text=text, options=options)
        )
    return Questionnaire(
        code="bench-evidence",
        version=1,
        title=words("Synthetic questions of the benchmark"),
        intro=words("Synthetic"),
        questions=tuple(questions),
    )
