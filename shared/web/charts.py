"""Geometry of interval charts; the template draws it as SVG and writes the same figures in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.events import Figure

WIDTH = 600.0
ROW = 34.0
LEFT = 12.0
RIGHT = 588.0
TOP = 26.0


@dataclass(frozen=True)
class Bar:
    """One row: a label, its figure, and where its point and interval lie (SVG units)."""

    label: Any
    figure: Figure
    y: float
    x: float
    low: float
    high: float


@dataclass(frozen=True)
class Chart:
    """A chart of `bars` over a scale with `ticks` (value, x)."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, float], ...]
    width: float
    height: float
    reference: float | None


def intervals(
    rows: Sequence[tuple[Any, Figure]],
    *,
    low: float | None = None,
    high: float | None = None,
    mark: float | None = None,
) -> Chart:
    """Lay out labelled figures on one scale.

    `low` and `high` fix the scale (else it spans the intervals); `mark` draws a reference line there.
    """
    start, end = _scale([figure for _, figure in rows], low, high)

    def place(value: float) -> float:
        share = (min(max(value, start), end) - start) / (end - start)
        return round(LEFT + share * (RIGHT - LEFT), 1)

    bars = tuple(
        Bar(label, figure, TOP + ROW * index, place(figure.estimate), place(figure.low), place(figure.high))
        for index, (label, figure) in enumerate(rows)
    )
    ticks = tuple((value, place(value)) for value in _ticks(start, end))
    reference = None if mark is None else place(mark)
    return Chart(bars, ticks, WIDTH, TOP + ROW * max(1, len(rows)), reference)


def _scale(figures: Sequence[Figure], low: float | None, high: float | None) -> tuple[float, float]:
    start = min((figure.low for figure in figures), default=0.0) if low is None else low
    end = max((figure.high for figure in figures), default=1.0) if high is None else high
    return (start, end) if end > start else (start - 1, start + 1)


def _ticks(start: float, end: float) -> list[float]:
    return [round(start + (end - start) * quarter / 4, 2) for quarter in range(5)]
