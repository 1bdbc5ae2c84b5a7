"""Pictures: what a release shows to everybody, arranged for reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.survey.items import Item, items_of
from services.survey.questionnaires import Question, Questionnaire
from services.survey.releases import Cell, Place, Release
from services.survey.rounds import Frame, Round
from services.survey.segments import REGION, Segment, segment_label, segments_of_table
from shared.events import Figure, InsightReleased, Text, Topic

Row = tuple[Text, Figure]
Labelled = tuple[Text, Item, Segment]


@dataclass(frozen=True)
class Panel:
    """Figures on one scale. older: the days of those among them that were made for earlier releases."""

    caption: Text
    rows: tuple[Row, ...]
    low: float
    high: float
    older: tuple[date, ...]


@dataclass(frozen=True)
class _Shown:
    """The published figures by place, and the number of their release."""

    cells: Mapping[Place, Cell]
    number: int


@dataclass(frozen=True)
class Chapter:
    """One topic: its findings, those of the whole region first, and its figures."""

    topic: Topic
    insights: tuple[InsightReleased, ...]
    panels: tuple[Panel, ...]


def chapters(
    round_: Round,
    questionnaire: Questionnaire,
    release: Release,
    insights: Sequence[InsightReleased],
    *,
    by: str = "",
) -> list[Chapter]:
    """The topics with something to show: figures of the region, or by the categories of one dimension."""
    shown = _Shown({cell.place: cell for cell in release.cells}, release.number)
    items = {
        q.code: [i for i in items_of(questionnaire) if i.question.code == q.code]
        for q in questionnaire.questions
    }
    segments = segments_of_table(round_.frame, (by,)) if by else []
    made = []
    for topic in dict.fromkeys(question.topic for question in questionnaire.questions):
        asked = [question for question in questionnaire.questions if question.topic == topic]
        panels = (
            _by_segment(round_.frame, [item for q in asked for item in items[q.code]], segments, shown)
            if by
            else _of_region(asked, items, shown)
        )
        findings = sort_insights(one for one in insights if one.topic == topic)
        made.append(Chapter(topic, findings, tuple(panels)))
    return [chapter for chapter in made if chapter.insights or chapter.panels]


def sort_insights(insights: Iterable[InsightReleased]) -> tuple[InsightReleased, ...]:
    """Those of the whole region first, then by question and segment."""
    return tuple(sorted(insights, key=lambda one: (len(one.segment), one.question, one.rule, one.insight)))


def open_data(release: Release) -> str:
    """The figures of a release as CSV: one line a figure, segments as dimension=category pairs."""
    file = io.StringIO()
    written = csv.writer(file, lineterminator="\n")
    head = (
        "round",
        "release",
        "item",
        "segment",
        "kind",
        "unit",
        "estimate",
        "low",
        "high",
        "level",
        "n_band",
    )
    written.writerow((*head, "made_for_release", "made_on", "synthetic"))
    for cell in release.cells:
        written.writerow((release.round, release.number, *_line(cell), str(release.synthetic).lower()))
    return file.getvalue()


def _line(cell: Cell) -> tuple[object, ...]:
    figure = cell.figure
    segment = ",".join(f"{dimension}={category}" for dimension, category in cell.segment.items())
    numbers = (figure.estimate, figure.low, figure.high, figure.level, figure.n_band)
    return cell.item, segment or "region", figure.kind, figure.unit, *numbers, cell.made_for, cell.made_on


def _of_region(questions: Sequence[Question], items: Mapping[str, list[Item]], shown: _Shown) -> list[Panel]:
    """The scales of a topic that are alike in one panel, and one for each choice with its options."""
    scales: dict[str, list[Labelled]] = {}
    panels = []
    for question in questions:
        triples = [
            (item.option.text if item.option else item.text, item, REGION) for item in items[question.code]
        ]
        if triples and triples[0][1].option:
            panels += _panel(question.text, triples, shown)
        elif triples:
            scales.setdefault(triples[0][1].unit, []).extend(triples)
    return [panel for unit, same in scales.items() for panel in _panel(_averages(unit), same, shown)] + panels


def _by_segment(
    frame: Frame, items: Sequence[Item], segments: Sequence[Segment], shown: _Shown
) -> list[Panel]:
    """One panel for each item, with a row for each segment."""
    labels = [(segment_label(frame, segment), segment) for segment in segments]
    return [
        panel
        for item in items
        for panel in _panel(item.text, [(label, item, segment) for label, segment in labels], shown)
    ]


def _averages(unit: str) -> Text:
    return Text(fi=f"Keskiarvot ({unit})", en=f"Averages ({unit})", sv=f"Medeltal ({unit})")


def _panel(caption: Text, triples: Sequence[Labelled], shown: _Shown) -> list[Panel]:
    found = [(label, shown.cells.get((item.name, frozenset(s.parts)))) for label, item, s in triples]
    there = [(label, cell) for label, cell in found if cell is not None]
    if not there:
        return []
    item = triples[0][1]
    times = 100.0 if item.kind == "share" else 1.0
    older = sorted({cell.made_on for _, cell in there if cell.made_for != shown.number})
    rows = tuple((label, cell.figure) for label, cell in there)
    return [Panel(caption, rows, item.low * times, item.high * times, tuple(older))]
