"""Corrections: what may change in the frame of a round that exists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from services.survey.assumptions import of_frame
from services.survey.mappings import what_is_wrong
from services.survey.rounds import Dimension, Frame, Round
from shared.errors import Invalid, Refused
from shared.events import Text

Used = Mapping[str, Collection[str]]


class CannotCorrect(Refused):
    """The answers of the round would no longer lie in its frame."""


def correct(round_: Round, frame: Frame, used: Used) -> Round:
    """The round with another frame.

    Answers name a category of every dimension: once there are any, the dimensions stay, and so do the
    categories that they name. While a round is open its form is in people's hands, so that nothing that it
    offers may go, and nothing may be asked that it does not ask; categories may be added, counts corrected.

    used: by dimension the categories that answers name, erased ones too; empty where there are none.

    Raises:
        CannotCorrect: it would lose what answers name, or what the open form offers; or it is no other frame.
        Invalid: a declared table names a dimension that is gone.
    """
    if used or round_.status == "open":
        frame = _in_order(round_.frame, frame)
        _keeps(frame, _offered(round_) if round_.status == "open" else used)
    if frame == round_.frame:
        raise CannotCorrect("frame_unchanged", "The round has this frame already.")
    try:
        return Round.model_validate({**round_.model_dump(), "frame": frame.model_dump()})
    except ValidationError as error:
        raise Invalid(
            "frame_not_valid", f"The frame does not fit the round. {what_is_wrong(error)}"
        ) from None


def says_otherwise(former: Frame, frame: Frame) -> bool:
    """Whether figures, or what they take for granted, can differ: not where only a source is named anew."""
    return former.dimensions != frame.dimensions or of_frame(former) != of_frame(frame)


def _offered(round_: Round) -> Used:
    return {d.code: [category.code for category in d.categories] for d in round_.frame.dimensions}


def _in_order(former: Frame, frame: Frame) -> Frame:
    """The dimensions in the order that they had: keys of findings are made of it."""
    new = {dimension.code: dimension for dimension in frame.dimensions}
    old = [dimension.code for dimension in former.dimensions]
    if new.keys() != set(old):
        changed = ", ".join(sorted(new.keys() ^ set(old)))
        raise CannotCorrect(
            "frame_dimensions_used",
            f"The dimensions must stay, because answers are given by them; {changed} would come or go. "
            "A dimension whose counts are not known can be written without counts.",
        )
    return frame.model_copy(update={"dimensions": tuple(new[code] for code in old)})


def _keeps(frame: Frame, used: Used) -> None:
    for dimension in frame.dimensions:
        lost = set(used.get(dimension.code, ())) - {category.code for category in dimension.categories}
        if lost:
            raise CannotCorrect(
                "frame_categories_used",
                f"The dimension {dimension.code} must keep {', '.join(sorted(lost))}: answers are given "
                "there, or the open form offers it.",
            )


@dataclass(frozen=True)
class CategoryChange:
    """One category before and after a correction; None where it is not, or is not counted."""

    code: str
    label: Text
    before: float | None
    after: float | None


@dataclass(frozen=True)
class DimensionChange:
    """One dimension before and after a correction."""

    code: str
    label: Text
    categories: tuple[CategoryChange, ...]

    @property
    def changed(self) -> bool:
        """Whether any count differs."""
        return any(category.before != category.after for category in self.categories)


def changes(former: Frame | None, frame: Frame) -> tuple[DimensionChange, ...]:
    """What a correction changes, by dimension; what goes stands last."""
    old = {dimension.code: dimension for dimension in former.dimensions} if former else {}
    new = {dimension.code: dimension for dimension in frame.dimensions}
    return tuple(_change(old.get(code), new.get(code)) for code in [*new, *(c for c in old if c not in new)])


def _change(former: Dimension | None, dimension: Dimension | None) -> DimensionChange:
    before = {c.code: c for c in former.categories} if former else {}
    after = {c.code: c for c in dimension.categories} if dimension else {}
    named = dimension or former
    if named is None:
        raise ValueError("a change needs one side")
    return DimensionChange(
        named.code,
        named.label,
        tuple(
            CategoryChange(
                code,
                (after.get(code) or before[code]).label,
                before[code].count if code in before else None,
                after[code].count if code in after else None,
            )
            for code in [*after, *(c for c in before if c not in after)]
        ),
    )
