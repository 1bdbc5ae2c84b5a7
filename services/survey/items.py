"""Items: the single figures that a questionnaire gives, one a scale and one an option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.survey.questionnaires import Option, Question, Questionnaire
from shared.events import Text

_SPAN_OF_A_SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Item:
    """One figure of a question: its mean, or the share that chose one of its options."""

    name: str
    question: Question
    option: Option | None = None

    @property
    def kind(self) -> Literal["share", "mean"]:
        """A share is shown in per cent."""
        return "share" if self.option or (self.low, self.high) == _SPAN_OF_A_SHARE else "mean"

    @property
    def low(self) -> float:
        """The lowest possible value."""
        return 0.0 if self.option else self.question.low

    @property
    def high(self) -> float:
        """The highest possible value."""
        return 1.0 if self.option else self.question.high

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
    def text(self) -> Text:
        """What was asked: the question, and of a choice the option."""
        if self.option is None:
            return self.question.text
        question, option = self.question.text, self.option.text
        return Text(
            **{
                language: f"{question.in_language(language).rstrip(':')}: {option.in_language(language)}"
                for language in ("fi", "en", "sv")
            }
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
