"""Plots of the simulation as SVG: lines over the looks, and points in rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT, TOP, ROW = 720, 300, 20, 64, 26
_COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47", "#666666", "#990000")
_STYLE = "font-family: system-ui, sans-serif; font-size: 13px; fill: #222"


@dataclass(frozen=True)
class Plot:
    """What a plot says. low, high: the scale of shares. mark: where the line of what is promised lies."""

    title: str
    low: float
    high: float
    mark: float


Points = Mapping[str, Sequence[tuple[float, float]]]


def rows(plot: Plot, points: Mapping[str, Mapping[str, float]]) -> str:
    """One row a label with a point for each series, along one scale of shares."""
    series = list(dict.fromkeys(name for row in points.values() for name in row))
    bottom = TOP + ROW * len(points)
    body = [_legend(series), *_ticks(plot, bottom), _upright(_x(plot, plot.mark), bottom)]
    for index, (label, row) in enumerate(points.items()):
        y = TOP + ROW * index + ROW / 2
        body.append(f'<text x="{LEFT - 12}" y="{y + 4:g}" text-anchor="end">{escape(label)}</text>')
        body.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:g}" y2="{y:g}" stroke="#ddd"/>')
        body += [_point(_x(plot, value), y, series.index(name)) for name, value in row.items()]
    return _drawing(plot.title, bottom + 34, body)


def lines(plot: Plot, points: Points, over: str) -> str:
    """Shares, upwards, over something else from its least to its largest value."""
    left, bottom, top = 56, 300, TOP
    least = min(x for row in points.values() for x, _ in row)
    most = max(x for row in points.values() for x, _ in row)

    def at(x: float, y: float) -> tuple[float, float]:
        share = (y - plot.low) / (plot.high - plot.low)
        return left + (x - least) / (most - least) * (WIDTH - RIGHT - left), bottom - share * (bottom - top)

    body = [_legend(list(points)), _across(at(least, plot.mark)[1], left)]
    for step in range(5):
        y = plot.low + (plot.high - plot.low) * step / 4
        body.append(
            f'<text x="{left - 8}" y="{at(least, y)[1] + 4:.1f}" text-anchor="end">{_share(y)}</text>'
        )
        x = least + (most - least) * step / 4
        body.append(f'<text x="{at(x, 0)[0]:.1f}" y="{bottom + 18}" text-anchor="middle">{x:.0f}</text>')
    body.append(
        f'<text x="{(left + WIDTH) / 2}" y="{bottom + 38}" text-anchor="middle">{escape(over)}</text>'
    )
    for index, row in enumerate(points.values()):
        path = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in row)
        body.append(f'<polyline points="{path}" fill="none" stroke="{_COLOURS[index]}" stroke-width="2"/>')
    return _drawing(plot.title, bottom + 50, body)


def _drawing(title: str, height: float, body: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'style="{_STYLE}"><title>{escape(title)}</title><rect width="100%" height="100%" fill="white"/>'
        f'<text x="12" y="20" font-weight="bold">{escape(title)}</text>'
    )
    return "\n".join([head, *body, "</svg>\n"])


def _legend(series: Sequence[str]) -> str:
    found, x = [], 12.0
    for index, name in enumerate(series):
        found.append(_point(x + 5, 42, index) + f'<text x="{x + 16:g}" y="46">{escape(name)}</text>')
        x += 34 + 7.2 * len(name)
    return "".join(found)


def _point(x: float, y: float, index: int) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:g}" r="5" fill="{_COLOURS[index]}"/>'


def _x(plot: Plot, value: float) -> float:
    share = (min(max(value, plot.low), plot.high) - plot.low) / (plot.high - plot.low)
    return LEFT + share * (WIDTH - RIGHT - LEFT)


def _ticks(plot: Plot, bottom: float) -> list[str]:
    values = [plot.low + (plot.high - plot.low) * step / 4 for step in range(5)]
    return [
        f'<text x="{_x(plot, v):.1f}" y="{bottom + 20:g}" text-anchor="middle">{_share(v)}</text>'
        for v in values
    ]


def _upright(x: float, bottom: float) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom:g}" stroke="#222" stroke-dasharray="4 3"/>'
    )


def _across(y: float, left: float) -> str:
    ends = f'x1="{left:g}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
    return f'<line {ends} stroke="#222" stroke-dasharray="4 3"/>'


def _share(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"
