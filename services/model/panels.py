"""How the figures of an evidence table are drawn: one panel for each scale."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.model.evidence import Row
from shared.events import Figure, Text, Value

_SCALE = re.compile(r"^\s*(-?\d+(?:[.,]\d+)?)\s*[–-]\s*(\d+(?:[.,]\d+)?)\s*$")


class Panel(Value):
    """Labelled figures on one scale; `low` and `high` are its ends where they are known."""

    rows: tuple[tuple[Text, Figure], ...]
    unit: str
    low: float | None = None
    high: float | None = None


def panels_of(rows: Iterable[Row]) -> list[Panel]:
    """The rows that count, in one panel for each scale: figures on different scales share no axis."""
    panels: dict[tuple[str, str], list[tuple[Text, Figure]]] = {}
    for row in rows:
        if row.direction != "context":
            panels.setdefault((row.figure.kind, _unit(row.figure)), []).append(
                (row.question_text, row.figure)
            )
    return [Panel(rows=tuple(found), unit=unit, **_ends(found[0][1])) for (_, unit), found in panels.items()]


def _unit(figure: Figure) -> str:
    return "%" if figure.kind == "share" else figure.unit


def _ends(figure: Figure) -> dict[str, float]:
    if figure.kind == "share":
        return {"low": 0, "high": 100}
    found = _SCALE.match(figure.unit) if figure.kind == "mean" else None
    if found is None:
        return {}
    low, high = (float(end.replace(",", ".")) for end in found.groups())
    return {"low": low, "high": high}
