"""Mapping files: how the columns of somebody's file become answers of a round."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from services.survey.questionnaires import Questionnaire
from services.survey.rounds import Round
from shared.errors import Invalid
from shared.events import Key, Text, Value

Code = str | int | float


class Strict(Value):
    """A part of a mapping; a word that it does not know is a mistake of the writer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Pick(Strict):
    """One column: by its whole header, by how the header starts or ends, or by its position (first is 1)."""

    header: str = ""
    starts: str = ""
    ends: str = ""
    position: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _a_word_is_a_header(cls, given: Any) -> Any:
        return {"header": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.header or self.starts or self.ends or self.position):
            raise ValueError("a column needs its header, how it starts or ends, or its position")
        return self

    @property
    def wanted(self) -> str:
        """The column as a person would name it."""
        if self.position:
            return f"number {self.position}"
        return self.header or " … ".join(part for part in (self.starts, self.ends) if part)


class Band(Strict):
    """A stretch of numbers that becomes one category; an open end is left out."""

    code: Key
    low: float = float("-inf")
    high: float = float("inf")


class Rule(Strict):
    """How a cell becomes a code or a number.

    In this order: `map` by the whole cell; `contains` by the first of its words that occurs in the cell;
    `recode`; then `bands`. What is left over becomes `other`, or is refused. Space around and doubled in a
    cell never counts. A rule that says nothing takes the cell as it is, and so does the recode `code`;
    `percent` takes the number before the sign in "50% - half of my time", `years_since` takes a year from
    `year`, `municipality` gives the sub-region of a municipality.
    """

    map: dict[str, Code] = Field(default_factory=dict)
    contains: dict[str, Code] = Field(default_factory=dict)
    recode: Literal["", "code", "number", "percent", "years_since", "municipality"] = ""
    year: int | None = None
    bands: tuple[Band, ...] = ()
    other: Code | None = None
    out_of_range: Literal["refuse", "missing"] = "refuse"

    @field_validator("map", "contains", mode="before")
    @classmethod
    def _words_are_words(cls, given: Any) -> Any:
        if isinstance(given, dict) and any(isinstance(word, bool) for word in given):
            raise ValueError("YAML reads yes, no, on and off as true and false: put them in quotes")
        return {str(word): code for word, code in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _knows_its_year(self) -> Self:
        if (self.recode == "years_since") != (self.year is not None):
            raise ValueError("years_since needs a year, and nothing else does")
        return self


class Take(Rule):
    """Where an answer comes from and how it is read.

    One `column`; or for a question of several answers: `columns` whose cells are read alike, `ticks` (an
    option code to its column, chosen where the cell is one of `ticked`), or one `column` to `split`. There
    an empty code means that the cell names none of the options.
    """

    column: Pick | None = None
    columns: tuple[Pick, ...] = ()
    ticks: dict[Key, Pick] = Field(default_factory=dict)
    ticked: tuple[str, ...] = ("1",)
    split: str = ""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if bool(self.column) + bool(self.columns) + bool(self.ticks) != 1:
            raise ValueError("give one of column, columns and ticks")
        return self


class Keep(Strict):
    """Rows whose cell is one of `any_of` are kept; the others are dropped and counted under `otherwise`."""

    column: Pick
    any_of: tuple[str, ...]
    otherwise: str


class Source(Strict):
    """How the file is written."""

    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    sheet: str = ""
    missing: tuple[str, ...] = Field(default=(), description="What stands for no answer, besides nothing.")


class FileMapping(Strict):
    """One mapping file, whole. `round` and `questionnaire` may name existing ones by their code."""

    mapping: Key
    about: Text | None = None
    source: Source = Source()
    round: Round | Key
    questionnaire: Questionnaire | None = None
    keep: tuple[Keep, ...] = ()
    segment: dict[Key, Take] = Field(default_factory=dict)
    values: dict[Key, Take] = Field(default_factory=dict)
    opens: dict[Key, Pick] = Field(default_factory=dict)
    organisation: Pick | None = None
    language: Take | Literal["fi", "en", "sv"] = "en"

    @model_validator(mode="after")
    def _new_round_brings_its_questions(self) -> Self:
        if isinstance(self.round, Round) and self.questionnaire is None:
            raise ValueError("a round written out needs its questionnaire written out too")
        return self

    @property
    def round_code(self) -> str:
        """The round that the answers go to."""
        return self.round if isinstance(self.round, str) else self.round.round


def read_mapping(document: object) -> FileMapping:
    """The mapping in a loaded YAML document.

    Raises:
        Invalid: it is no mapping; says which place is wrong and why.
    """
    if not isinstance(document, dict):
        raise Invalid("mapping_not_valid", "The mapping file must be a YAML mapping of names to values.")
    try:
        return FileMapping.model_validate(document)
    except ValidationError as error:
        raise Invalid("mapping_not_valid", f"The mapping file is not valid. {what_is_wrong(error)}") from None


def what_is_wrong(error: ValidationError) -> str:
    """The first few mistakes of a written document: where and what, without repeating values."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    # A list with a wrong part is itself called too short: only the part is worth telling.
    mistakes = [m for m in found if not any(_holds(m["loc"], other["loc"]) for other in found)]
    told = [f"{_place(m['loc'])}: {m['msg'].removeprefix('Value error, ')}" for m in mistakes[:5]]
    more = len(mistakes) - len(told)
    return "; ".join(told) + (f"; and {more} more." if more else ".")


def _holds(outer: tuple[int | str, ...], inner: tuple[int | str, ...]) -> bool:
    return len(outer) < len(inner) and inner[: len(outer)] == outer


def _place(loc: tuple[int | str, ...]) -> str:
    return " → ".join(str(step) for step in loc) or "the whole"
