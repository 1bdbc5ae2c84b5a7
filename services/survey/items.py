"""Items: the single figures that a questionnaire gives, one for a mean, an option or a level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from services.survey.questionnaires import Option, Question, Questionnaire
from shared.events import Text

_SPAN_OF_A_SHARE = (0.0, 1.0)
_LANGUAGES = ("fi", "en", "sv")


@dataclass(frozen=True)
class Item:
    """One figure of a question: its mean, or the share that chose one of its options or levels."""

    name: str
    question: Question
    option: Option | None = None
    level: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it speaks of the whole question, not of one of its answers."""
        return self.option is None and self.level is None

    @property
    def kind(self) -> Literal["share", "mean"]:
        """A share is shown in per cent."""
        return "share" if (self.low, self.high) == _SPAN_OF_A_SHARE else "mean"

    @property
    def low(self) -> float:
        """The lowest possible value."""
        return self.question.low if self.whole else 0.0

    @property
    def high(self) -> float:
        """The highest possible value."""
        return self.question.high if self.whole else 1.0

    @property
    def practice(self) -> str:
        """The practice that it is about, if any."""
        return (self.option.practice if self.option else "") or self.question.practice

    @property
    def unit(self) -> str:
        """What its figures are counted in: `%`, `1–5`, or the question's own unit."""
        if self.kind == "share":
            return "%"
        return self.question.unit or f"{self.low:g}–{self.high:g}"

    @property
    def label(self) -> Text:
        """What it is, under the heading of its question: the option, the level, or the question itself."""
        if self.level is not None:
            return _level_label(self.level, self.question)
        return self.question.text if self.option is None else self.option.text

    @property
    def text(self) -> Text:
        """What was asked: the question, and the option or level."""
        if self.whole:
            return self.question.text
        question, label = self.question.text, self.label
        return _in_all(
            lambda language: f"{question.in_language(language).rstrip(':')}: {label.in_language(language)}"
        )


def items_of(questionnaire: Questionnaire) -> tuple[Item, ...]:
    """All items, in the order of the questions and options."""
    return tuple(item for question in questionnaire.questions for item in _of_question(question))


def _of_question(question: Question) -> Iterator[Item]:
    if question.kind in ("choice", "multi"):
        for option in question.options:
            yield Item(f"{question.code}:{option.code}", question, option)
    elif question.kind != "open":
        yield Item(question.code, question)
        for level in question.levels:
            yield Item(f"{question.code}:{level}", question, level=level)


def _level_label(level: int, question: Question) -> Text:
    meaning = question.meanings.get(level)
    if meaning is None:
        return _in_all(lambda _: str(level))
    return _in_all(lambda language: f"{level} = {meaning.in_language(language)}")


def _in_all(words: Callable[[str], str]) -> Text:
    return Text(**{language: words(language) for language in _LANGUAGES})
