"""Charts: which figures of a post can share one scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.campaign.themes import scale_of
from services.campaign.wordings import LANGUAGES
from shared.events import Figure, InsightReleased, Text

LABEL_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of one kind and unit, with labels.

    `ends` are those of the scale where one is known and figures are not differences; differences have a
    `mark` at nought instead.
    """

    rows: tuple[tuple[Text, Figure], ...]
    ends: tuple[float | None, float | None]
    mark: float | None


def group(insights: Iterable[InsightReleased]) -> list[Group]:
    """The figures by kind and unit, in the order of their first."""
    found: dict[tuple[str, str], list[tuple[Text, Figure]]] = {}
    for one in insights:
        found.setdefault((one.figure.kind, one.figure.unit), []).append((_label(one), one.figure))
    return [_drawn(rows) for rows in found.values()]


def _drawn(rows: list[tuple[Text, Figure]]) -> Group:
    figure = rows[0][1]
    if figure.kind == "difference":
        return Group(tuple(rows), (None, None), 0)
    return Group(tuple(rows), scale_of(figure) or (None, None), None)


def _label(insight: InsightReleased) -> Text:
    """Where, and what was asked, as long as a chart has room for."""
    where, asked = insight.segment_label, insight.question_text
    texts = {
        language: _short(f"{getattr(where, language) or where.fi}: {getattr(asked, language) or asked.fi}")
        for language in LANGUAGES
    }
    return Text(**texts)


def _short(text: str) -> str:
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1].rstrip() + "…"
