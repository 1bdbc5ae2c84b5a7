"""Distributions: how the answers to an ordinal question divide over its levels, drawn as one bar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from services.survey.items import Item
from services.survey.releases import Cell, Place
from services.survey.segments import Segment
from shared.events import Figure, Text

Labelled = tuple[Text, Sequence[Item], Segment]

# The drawing has eleven shades from the bad end to the good one; few levels use the middle nine.
SHADES = 11
_MOST_OF_MIDDLE_SHADES = 9
# Per cent of the bar below which a number does not fit into its part, on a narrow telephone too.
_LEAST_WRITTEN = 8.0


@dataclass(frozen=True)
class Shown:
    """The published figures by place, and the number of their release."""

    cells: Mapping[Place, Cell]
    number: int


@dataclass(frozen=True)
class Part:
    """One level in a bar. start, width: in per cent of the bar. shade: 0 for the bad end, 10 for the good."""

    label: Text
    figure: Figure
    made_on: date
    start: float
    width: float
    shade: int

    @property
    def middle(self) -> float:
        """Where its number stands, in per cent of the bar."""
        return round(self.start + self.width / 2, 2)

    @property
    def written(self) -> bool:
        """Whether its number fits in."""
        return self.width >= _LEAST_WRITTEN


@dataclass(frozen=True)
class Bar:
    """The whole distribution of one question in one segment; its levels leave together."""

    label: Text
    parts: tuple[Part, ...]

    @property
    def n_band(self) -> str:
        """How many answered."""
        return self.parts[0].figure.n_band

    @property
    def made_on(self) -> date:
        """The day of its figures."""
        return self.parts[0].made_on

    @property
    def reach(self) -> float:
        """How far the widest interval reaches from its share, in percentage points."""
        figures = [part.figure for part in self.parts]
        return max(max(figure.high - figure.estimate, figure.estimate - figure.low) for figure in figures)


@dataclass(frozen=True)
class Distribution:
    """Bars whose levels mean the same, with one legend. older: days of figures made for earlier releases."""

    caption: Text
    bars: tuple[Bar, ...]
    older: tuple[date, ...]

    @property
    def legend(self) -> tuple[tuple[Text, int], ...]:
        """Each level with its shade, in order."""
        return tuple((part.label, part.shade) for part in self.bars[0].parts)


def levels_of(items: Iterable[Item]) -> list[Item]:
    """Those items that are levels."""
    return [item for item in items if item.level is not None]


def distribution(caption: Text, asked: Sequence[Labelled], shown: Shown) -> list[Distribution]:
    """The bars of the questions or segments whose distribution was published whole; none where none was.

    asked: label, levels and segment of each bar; all have the same levels.
    """
    cells = [_cells(levels, segment, shown) for _, levels, segment in asked]
    bars = [
        Bar(label, _parts(levels, found))
        for (label, levels, _), found in zip(asked, cells, strict=True)
        if found
    ]
    older = sorted({cell.made_on for found in cells for cell in found if cell.made_for != shown.number})
    return [Distribution(caption, tuple(bars), tuple(older))] if bars else []


def _cells(levels: Sequence[Item], segment: Segment, shown: Shown) -> list[Cell]:
    found = [shown.cells.get((item.name, frozenset(segment.parts))) for item in levels]
    return [cell for cell in found if cell is not None] if all(found) else []


def _parts(levels: Sequence[Item], cells: Sequence[Cell]) -> tuple[Part, ...]:
    """The parts of a bar; rounded shares add up to nearly 100, and the bar is drawn full."""
    total = sum(cell.figure.estimate for cell in cells) or 1.0
    widths = [100 * cell.figure.estimate / total for cell in cells]
    starts = accumulate(widths, initial=0.0)
    return tuple(
        Part(item.label, cell.figure, cell.made_on, round(start, 2), round(width, 2), shade)
        for item, cell, start, width, shade in zip(
            levels, cells, starts, widths, shades(len(levels), good=levels[0].question.good), strict=False
        )
    )


def shades(levels: int, *, good: str) -> list[int]:
    """Evenly spread shades from one end to the other; the good end has the same colour on every scale."""
    margin = 1 if levels <= _MOST_OF_MIDDLE_SHADES else 0
    span = SHADES - 1 - 2 * margin
    spread = [margin + round(span * level / (levels - 1)) for level in range(levels)]
    return spread if good == "high" else spread[::-1]
