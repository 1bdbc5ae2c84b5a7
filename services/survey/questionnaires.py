"""What is asked: questionnaires, their questions and options."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.events import Key, Text, Topic, Value

Kind = Literal["scale", "number", "choice", "multi", "open"]
Role = Literal["state", "barrier", "practice", "background", "open"]

LEAST_LEVELS, MOST_LEVELS = 3, 11


class Option(Value):
    """One answer of a choice. `practice` names the practice that choosing it means, if any."""

    code: Key
    text: Text
    practice: str = ""


class Question(Value):
    """One question and what its answers mean.

    `role` says which rules look at it: a *state* can be a need, a strength, a gap or a trend; the options of
    a *barrier* can be barriers; a *practice* is something that workplaces do and found good. `good` says
    which end of a scale is the good one, `meanings` what levels of a scale stand for, usually its two ends.
    """

    code: Key
    kind: Kind
    role: Role
    topic: Topic
    text: Text
    help: Text | None = None
    options: tuple[Option, ...] = ()
    low: float = 1
    high: float = 5
    good: Literal["high", "low"] = "high"
    meanings: dict[int, Text] = Field(default_factory=dict)
    practice: str = ""
    unit: str = ""
    required: bool = False

    @model_validator(mode="after")
    def _is_answerable(self) -> Self:
        if self.kind in ("choice", "multi") and len(self.options) < 2:
            raise ValueError(f"question {self.code}: a choice needs at least two options")
        if self.kind in ("scale", "number") and not self.low < self.high:
            raise ValueError(f"question {self.code}: low must be below high")
        if not all(self.kind == "scale" and self.low <= level <= self.high for level in self.meanings):
            raise ValueError(f"question {self.code}: meanings are given of levels that it does not have")
        return self

    @property
    def levels(self) -> range:
        """The levels of an ordinal scale whose distribution is told: 3 to 11 whole steps, else none.

        Of a scale with two levels the mean is the distribution.
        """
        if self.kind != "scale" or not all(float(end).is_integer() for end in (self.low, self.high)):
            return range(0)
        steps = range(int(self.low), int(self.high) + 1)
        return steps if LEAST_LEVELS <= len(steps) <= MOST_LEVELS else range(0)

    @property
    def items(self) -> tuple[str, ...]:
        """The names of the figures that it gives.

        Its code, and `code:level` for each level of an ordinal scale; or `code:option` for each option.
        """
        if self.kind in ("choice", "multi"):
            return tuple(f"{self.code}:{option.code}" for option in self.options)
        return () if self.kind == "open" else (self.code, *(f"{self.code}:{level}" for level in self.levels))


class Questionnaire(Value):
    """A versioned set of questions."""

    code: Key
    version: int = Field(ge=1)
    title: Text
    intro: Text
    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def _has_unique_codes(self) -> Self:
        codes = [question.code for question in self.questions]
        twice = {code for code in codes if codes.count(code) > 1}
        if twice:
            raise ValueError(f"questionnaire {self.code}: used twice: {', '.join(sorted(twice))}")
        return self

    def question(self, code: str) -> Question:
        """The question with this code.

        Raises:
            KeyError: there is none.
        """
        for question in self.questions:
            if question.code == code:
                return question
        raise KeyError(code)
