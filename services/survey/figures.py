"""Figures as they leave: rounded, with their interval rounded outward and their n as a band."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

from services.survey.items import Item
from services.survey.verdicts import Ends
from shared.events import Figure

_BANDS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_STEPS = {"share": 1.0, "mean": 0.1}
# So that 2.3 stays 2.3 where binary arithmetic made it 2.3000000000000003.
_SLACK = 1e-9


def n_band(units: float) -> str:
    """How many answered, as a band: `50–99`, `5000+`, or `<5`."""
    n = round(units)
    if n < _BANDS[0]:
        return f"<{_BANDS[0]}"
    for low, above in pairwise(_BANDS):
        if n < above:
            return f"{low}–{above - 1}"
    return f"{_BANDS[-1]}+"


def rounded_figure(item: Item, ends: Ends, units: float, *, level: float = 0.95, gap: bool = False) -> Figure:
    """A figure to be published: shares in whole per cent, means and differences of means to 0.1.

    The interval is rounded outward and kept within what is possible.
    """
    times, step = (100.0, _STEPS["share"]) if item.kind == "share" else (1.0, _STEPS["mean"])
    least, most = _possible(item, gap=gap)
    return Figure(
        kind=_kind(item, gap=gap),
        estimate=_to_step(ends.value * times, step, round),
        low=max(_to_step(ends.low * times + _SLACK, step, math.floor), least),
        high=min(_to_step(ends.high * times - _SLACK, step, math.ceil), most),
        level=level,
        n_band=n_band(units),
        unit=item.unit,
    )


def _kind(item: Item, *, gap: bool) -> Literal["share", "mean", "difference"]:
    return "difference" if gap else item.kind


def _possible(item: Item, *, gap: bool) -> tuple[float, float]:
    times = 100 if item.kind == "share" else 1
    if gap:
        return times * (item.low - item.high), times * (item.high - item.low)
    return times * item.low, times * item.high


def _to_step(value: float, step: float, towards: Callable[[float], int]) -> float:
    return round(towards(value / step) * step, 6) + 0.0
