"""Counted tables: what a file says of how many there are, as it says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Axis:
    """One way in which a table divides what it counts: a column of a sheet, a dimension of a JSON-stat file.

    categories: the file's codes with the file's labels, in its order. rows: where in a sheet a code stands
    first.
    """

    code: str
    label: str
    categories: Mapping[str, str]
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The axis as a person would look it up."""
        return f"column “{short(self.code)}”" if self.rows else f"dimension “{short(self.code)}”"

    def place(self, code: str) -> str:
        """Where a category stands, in words. What a sheet holds is not repeated: it may be the wrong file."""
        if self.rows:
            return f"row {self.rows[code]}, {self.shown}"
        return f"category “{short(code)}” of the {self.shown}"


@dataclass(frozen=True, slots=True)
class Count:
    """One number of a table: the category on each axis; None where the table does not tell it."""

    codes: tuple[str, ...]
    value: float | None
    row: int = 0


@dataclass(frozen=True, slots=True)
class CountedTable:
    """A table of counts. name: of its file. about: the table's own title and source, where it has one."""

    name: str
    about: str
    axes: tuple[Axis, ...]
    counts: Sequence[Count]

    def place(self, count: Count) -> str:
        """Where a number stands, in words."""
        if count.row:
            return f"row {count.row}"
        named = zip(self.axes, count.codes, strict=True)
        return "the cell " + ", ".join(f"{short(axis.code)}={short(code)}" for axis, code in named)


def short(text: str) -> str:
    """A text cut to what a sentence can hold."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
