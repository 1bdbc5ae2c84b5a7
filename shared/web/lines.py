"""Geometry of small line charts over time; templates draw them as SVG, with the last figures in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["short", "s", "reqps", "cps", "percentunit", "bytes"]
Point = tuple[float, float]

WIDTH, HEIGHT = 400.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 8.0, 392.0, 18.0, 132.0
SHADES = 8
MOST_LINES = 12

_TIMES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"), (0.001, "ms"))
_SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_COUNTS = ((1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Series:
    """A line: what it is called, and its values by time in seconds; what is not finite leaves a gap."""

    label: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Line:
    """A series as it is drawn: strokes as SVG writes points, and its last value in words."""

    label: str
    strokes: tuple[str, ...]
    last: str
    shade: int


@dataclass(frozen=True)
class Drawing:
    """A chart; `ticks` are its horizontal lines, each with its value in words and its height."""

    lines: tuple[Line, ...]
    ticks: tuple[tuple[str, float], ...]
    highest: str
    more: int
    width: float = WIDTH
    height: float = HEIGHT


def draw(series: Sequence[Series], unit: Unit, span: tuple[float, float], comma: str = ".") -> Drawing:
    """Lay series out on one scale from nought to their highest; `span` are the first and last second."""
    series = sorted(series, key=_last, reverse=True)
    shown = series[:MOST_LINES]
    highest = max((v for one in shown for _, v in one.points if math.isfinite(v)), default=math.nan)
    top = _round_up(highest)

    def stroke(points: Iterable[Point]) -> str:
        return " ".join(f"{_across(at, span):.1f},{_down(value, top):.1f}" for at, value in points)

    lines = tuple(
        Line(
            one.label,
            tuple(stroke(part) for part in _unbroken(one.points)),
            in_words(_last(one), unit, comma),
            place % SHADES,
        )
        for place, one in enumerate(shown)
    )
    ticks = tuple((in_words(top * part, unit, comma), _down(top * part, top)) for part in (0.0, 0.5, 1.0))
    return Drawing(lines, ticks, in_words(highest, unit, comma), len(series) - len(shown))


def in_words(value: float, unit: Unit, comma: str = ".") -> str:
    """A value with its unit, short: `120 ms`, `99.9 %`, `3.2/s`, `1.2 k`; a dash where it is none."""
    if not math.isfinite(value):
        return "–"
    if unit == "percentunit":
        return f"{_short(100 * value, comma)} %"
    if unit in ("reqps", "cps"):
        return f"{_short(value, comma)}/s"
    steps = {"s": _TIMES, "bytes": _SIZES}.get(unit, _COUNTS)
    if unit == "s" and 0 < value < 0.001:
        return "<1 ms"
    size, name = next(((size, name) for size, name in steps if abs(value) >= size), (1.0, ""))
    if not name:
        name = {"s": "s", "bytes": "B"}.get(unit, "")
    return f"{_short(value / size, comma)} {name}".rstrip()


def _short(value: float, comma: str) -> str:
    digits = 0 if abs(value) >= 100 or value == round(value) else 1 if abs(value) >= 10 else 2
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", comma)


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20 …; 1 where there is nothing above nought."""
    if not value > 0:
        return 1.0
    size = 10 ** math.floor(math.log10(value))
    return float(next(step * size for step in (1, 2, 5, 10) if step * size >= value * 0.9999))


def _across(at: float, span: tuple[float, float]) -> float:
    share = (at - span[0]) / ((span[1] - span[0]) or 1.0)
    return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)


def _down(value: float, top: float) -> float:
    return BOTTOM - min(max(value / top, 0.0), 1.0) * (BOTTOM - TOP)


def _last(one: Series) -> float:
    return one.points[-1][1] if one.points and math.isfinite(one.points[-1][1]) else -math.inf


def _unbroken(points: Sequence[Point]) -> Iterator[list[Point]]:
    part: list[Point] = []
    for point in points:
        if math.isfinite(point[1]):
            part.append(point)
        elif part:
            yield part
            part = []
    if part:
        yield part
