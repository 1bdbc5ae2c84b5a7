"""Frame plans: how the tables of somebody's files become the margins of a frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from services.survey.mappings import Pick, Rule, Source, Strict, what_is_wrong
from services.survey.rounds import Dimension
from shared.errors import Invalid
from shared.events import Key, Text


class FrameTake(Rule):
    """How the categories of a column, or of a JSON-stat dimension, become those of a dimension of the frame.

    The rule reads the file's code, and where it cannot, the file's label. A rule that says nothing takes what
    the frame calls so, by code or by name. leave_out: codes or labels that are not counted, such as totals.
    others: what to do with those that the rule cannot read, such as municipalities elsewhere.
    """

    column: Pick | None = None
    leave_out: tuple[str, ...] = ()
    others: Literal["refuse", "leave_out"] = "refuse"

    @field_validator("leave_out", mode="before")
    @classmethod
    def _one_is_enough(cls, given: Any) -> Any:
        return _words(given)


class FrameFile(Strict):
    """One file: a margin, or a joint table of which a margin is summed for every dimension named.

    where: the codes or labels to count, by column or dimension that is no dimension of the frame (a year).
    hidden: what to do with cells that the source does not tell. `zero` states an assumption on every release.
    """

    file: str = Field(min_length=1)
    about: Text | None = None
    source: Source = Source()
    count: Pick | None = None
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    hidden: Literal["refuse", "zero"] = "refuse"
    dimensions: dict[Key, FrameTake] = Field(default_factory=dict)

    @field_validator("where", mode="before")
    @classmethod
    def _one_is_enough(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {str(name): _words(chosen) for name, chosen in given.items()}

    @field_validator("dimensions", mode="before")
    @classmethod
    def _a_word_is_a_column(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {code: {"column": take} if isinstance(take, str) else take for code, take in given.items()}


class FramePlan(Strict):
    """A frame that files count.

    dimensions: written out, with labels and order, and with counts where no file gives them; without either
    the margin is unknown. rescale: margins with other totals than the first file's are scaled to it.
    """

    files: tuple[FrameFile, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    assumptions: tuple[Text, ...] | None = None
    rescale: bool = False


def read_plan(document: object) -> FramePlan:
    """The plan in a loaded YAML document, which may have it below `frame`.

    Raises:
        Invalid: it is none; says which place is wrong and why.
    """
    if isinstance(document, dict) and set(document) == {"frame"}:
        document = document["frame"]
    if not isinstance(document, dict):
        raise Invalid("frame_plan_not_valid", "The mapping of the frame must be a YAML mapping.")
    try:
        return FramePlan.model_validate(document)
    except ValidationError as error:
        raise Invalid(
            "frame_plan_not_valid", f"The mapping of the frame is not valid. {what_is_wrong(error)}"
        ) from None


def plan_for(names: Iterable[str], *, rescale: bool = False) -> FramePlan:
    """The plan for files that speak for themselves: their columns are named as the frame's dimensions."""
    return FramePlan(files=tuple(FrameFile(file=name) for name in names), rescale=rescale)


def _words(given: Any) -> Any:
    if isinstance(given, str | int | float):
        return (str(given),)
    return tuple(str(word) for word in given) if isinstance(given, list | tuple) else given
