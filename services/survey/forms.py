"""What a round asks: its questions, and the background that places an answer in the frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from services.survey.questionnaires import Question, Questionnaire
from services.survey.rounds import Dimension, Round
from shared.errors import Invalid
from shared.events import Text
from shared.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a background question and the category of the frame that it stands for."""

    code: str
    text: Text
    category: str


@dataclass(frozen=True, slots=True)
class Background:
    """A question that places the answer in the frame."""

    field: str
    dimension: str
    text: Text
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that a round asks, prepared once and read many times."""

    round: Round
    questionnaire: Questionnaire
    backgrounds: tuple[Background, ...]
    questions: Mapping[str, Question]
    categories: Mapping[str, Mapping[str, str]]


def form_of(round_: Round, questionnaire: Questionnaire, words: Vocabulary) -> Form:
    """What the round asks. A sub-region is asked as the municipality, which people know.

    Raises:
        Invalid: the frame counts places that are not in the region.
    """
    backgrounds = tuple(_background(dimension, words) for dimension in round_.frame.dimensions)
    return Form(
        round=round_,
        questionnaire=questionnaire,
        backgrounds=backgrounds,
        questions={question.code: question for question in questionnaire.questions},
        categories={b.field: {c.code: c.category for c in b.choices} for b in backgrounds},
    )


def _background(dimension: Dimension, words: Vocabulary) -> Background:
    if dimension.code in ("sub-region", "municipality"):
        return _places(dimension, words)
    choices = tuple(Choice(c.code, c.label, c.code) for c in dimension.categories)
    return Background(dimension.code, dimension.code, dimension.label, choices)


def _places(dimension: Dimension, words: Vocabulary) -> Background:
    counted = {category.code for category in dimension.categories}
    near = {m: m.subregion if dimension.code == "sub-region" else m.code for m in words.municipalities}
    strange = counted - set(near.values())
    if strange:
        raise Invalid(
            "unknown_municipality",
            f"The frame counts places that Lapland does not have: {', '.join(sorted(strange))}.",
        )
    places = sorted((m for m, category in near.items() if category in counted), key=lambda m: m.text.fi)
    label = Text(
        fi="Kunta, jossa työpaikkasi on", en="Municipality of your workplace", sv="Arbetsplatsens kommun"
    )
    choices = tuple(Choice(place.code, place.text, near[place]) for place in places)
    return Background("municipality", dimension.code, label, choices)


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that stand together on the page, under a heading."""

    heading: Text
    questions: tuple[Question, ...]


_HEADINGS = {
    "barrier": Text(fi="Mikä vaikeuttaa", en="What gets in the way", sv="Vad som är i vägen"),
    "practice": Text(fi="Mikä toimii", en="What works", sv="Vad som fungerar"),
    "open": Text(fi="Omin sanoin", en="In your own words", sv="Med egna ord"),
}


def sections_of(questionnaire: Questionnaire, words: Vocabulary) -> tuple[Section, ...]:
    """The questions in their order, parted where the topic changes."""
    parted = groupby(questionnaire.questions, key=lambda question: _heading(question, words))
    return tuple(Section(heading, tuple(questions)) for heading, questions in parted)


def _heading(question: Question, words: Vocabulary) -> Text:
    role = "open" if question.kind == "open" else question.role
    return _HEADINGS.get(role) or words.topic(question.topic)
