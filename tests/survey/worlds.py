"""Made-up populations whose true figures are known, for testing what the evidence engine says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet
from services.survey.estimates import Analysis
from services.survey.items import Item, items_of
from services.survey.questionnaires import Option, Question, Questionnaire
from services.survey.rounds import Category, Dimension, Frame, Round
from services.survey.rules import Bound, Hypothesis, hypotheses
from services.survey.segments import Segment, members
from shared.events import Text

Floats = npt.NDArray[np.float64]


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
class World:
    """A population of organisations, all of whose staff have an opinion.

    places: organisations × dimensions, index of the category. opinions: one array for each organisation, staff
    × items. truth: organisations × items, their staffs' means. order: who answers, in turn.
    """

    round: Round
    questionnaire: Questionnaire
    places: npt.NDArray[np.int64]
    opinions: tuple[Floats, ...]
    truth: Floats
    order: npt.NDArray[np.int64]
    answering: npt.NDArray[np.int64]

    @property
    def items(self) -> tuple[Item, ...]:
        """Its items; the levels of scales cost time and no rule looks at them."""
        return tuple(item for item in items_of(self.questionnaire) if item.level is None)

    def answers(self, organisations: int) -> AnswerSet:
        """What the first so many organisations answered."""
        first = self.order[:organisations]
        rows = [self.opinions[o][: self.answering[o]] for o in first]
        units = np.repeat(np.arange(len(first)), [len(row) for row in rows])
        keys = [tuple(str(c) for c in self.places[o]) for o in first]
        cell_keys = tuple(sorted(set(keys)))
        cells = np.array([cell_keys.index(key) for key in keys])[units]
        return AnswerSet(
            items=tuple(item.name for item in self.items),
            values=np.vstack(rows),
            cells=cells,
            cell_keys=cell_keys,
            units=units,
            ids=tuple(f"a{i}" for i in range(len(units))),
            seqs=np.arange(1, len(units) + 1),
        )

    def true_means(self, segments: tuple[Segment, ...]) -> Floats:
        """The figures of the finite population: items × segments."""
        inside = members(self.round.frame, segments, [tuple(str(c) for c in place) for place in self.places])
        return (inside @ self.truth / inside.sum(axis=1)[:, None]).T

    def at_the_boundary(self, analysis: Analysis) -> list[Hypothesis]:
        """Every hypothesis of the round with its bound moved to the truth, so that each is just false."""
        means = self.true_means(analysis.segments)
        everyone = len(self.places)
        sizes = self.true_sizes(analysis.segments)
        moved = []
        for hypothesis in hypotheses(self.items, analysis.segments):
            own = float(means[hypothesis.item, hypothesis.segment])
            inside, sign = sizes[hypothesis.segment], hypothesis.bound.sign
            if hypothesis.rule == "gap":
                whole = float(means[hypothesis.item, 0])
                gap = own - (everyone * whole - inside * own) / (everyone - inside)
                moved.append(replace(hypothesis, bound=Bound(0.0, abs(gap), 0)))
            else:
                moved.append(replace(hypothesis, bound=Bound(own, own, sign)))
        return moved

    def true_sizes(self, segments: tuple[Segment, ...]) -> Floats:
        """Organisations of the population in each segment."""
        keys = [tuple(str(c) for c in place) for place in self.places]
        return members(self.round.frame, segments, keys).sum(axis=1).astype(float)


def frame_of(places: npt.NDArray[np.int64]) -> Frame:
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


def make_world(rng: np.random.Generator, size: int = 420, scales: int = 18, multis: int = 7) -> World:
    """A population with symmetric, ceiling and yes-or-no items, of which some kinds answer sooner."""
    places = np.column_stack([rng.choice(n, size, p=_shares(n)) for n in (6, 5, 4)])
    asked = questionnaire(scales, multis)
    staff = 20 + rng.integers(0, 30, size)
    effects = rng.normal(0, 0.3, (3, 6, scales + multis))
    own = rng.normal(0, 0.45, (size, scales + multis)) + sum(effects[d, places[:, d]] for d in range(3))
    centre = np.where(np.arange(scales) < scales // 2, 3.0, 4.4)
    chances = rng.uniform(0.5, 0.9, multis)
    opinions = []
    for o in range(size):
        scale = np.clip(np.rint(centre + own[o, :scales] + rng.normal(0, 0.9, (staff[o], scales))), 1, 5)
        bar = 1 / (1 + np.exp(-(np.log(chances / (1 - chances)) + own[o, scales:])))
        yes = (rng.random((staff[o], multis)) < bar).astype(float)
        opinions.append(np.hstack([scale, yes]))
    eager = rng.exponential(1, size) / (0.5 + 0.25 * places[:, 2] + 0.1 * places[:, 0])
    return World(
        round=Round(
            round="made-up",
            questionnaire="made-up",
            title=words("Made up"),
            opens_on=date(2026, 1, 1),
            closes_on=date(2026, 6, 30),
            frame=frame_of(places),
        ),
        questionnaire=asked,
        places=places,
        opinions=tuple(opinions),
        truth=np.array([o.mean(axis=0) for o in opinions]),
        order=np.argsort(eager, kind="stable"),
        answering=np.minimum(rng.integers(1, 6, size), staff),
    )


def _shares(n: int) -> Floats:
    shares = 1 / np.arange(2, n + 2)
    return shares / shares.sum()
