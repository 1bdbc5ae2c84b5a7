"""Pictures: what a release shows to everybody, arranged for reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.survey.distributions import Distribution, Shown, distribution, levels_of
from services.survey.items import Item, items_of
from services.survey.questionnaires import Question, Questionnaire
from services.survey.releases import Cell, Release
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
class Chapter:
    """One topic: its findings, those of the whole region first, and its figures."""

    topic: Topic
    insights: tuple[InsightReleased, ...]
    panels: tuple[Panel | Distribution, ...]


def chapters(
    round_: Round,
    questionnaire: Questionnaire,
    release: Release,
    insights: Sequence[InsightReleased],
    *,
    by: str = "",
) -> list[Chapter]:
    """The topics with something to show: figures of the region, or by the categories of one dimension."""
    shown = Shown({cell.place: cell for cell in release.cells}, release.number)
    items = {
        q.code: [i for i in items_of(questionnaire) if i.question.code == q.code]
        for q in questionnaire.questions
    }
    segments = segments_of_table(round_.frame, (by,)) if by else []
    made = []
    for topic in dict.fromkeys(question.topic for question in questionnaire.questions):
        asked = [question for question in questionnaire.questions if question.topic == topic]
        panels = (
            _by_segment(round_.frame, [items[q.code] for q in asked], segments, shown)
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


def _of_region(
    questions: Sequence[Question], items: Mapping[str, list[Item]], shown: Shown
) -> list[Panel | Distribution]:
    """The scales of a topic that are alike in one panel, their distributions, and a panel for each choice."""
    scales: dict[str, list[Labelled]] = {}
    choices: list[Panel] = []
    for question in questions:
        triples = [(item.label, item, REGION) for item in items[question.code] if item.level is None]
        if triples and triples[0][1].option:
            choices += _panel(question.text, triples, shown)
        elif triples:
            scales.setdefault(triples[0][1].unit, []).extend(triples)
    means = [panel for unit, same in scales.items() for panel in _panel(_averages(unit), same, shown)]
    return [*means, *_distributions(questions, items, shown), *choices]


def _distributions(
    questions: Sequence[Question], items: Mapping[str, list[Item]], shown: Shown
) -> list[Distribution]:
    """The distributions of the region, those whose levels mean the same together."""
    alike: dict[object, list[Question]] = {}
    for question in questions:
        if question.levels:
            alike.setdefault((question.levels, question.good, str(question.meanings)), []).append(question)
    return [
        drawn
        for same in alike.values()
        for drawn in distribution(
            _spread(same[0]), [(q.text, levels_of(items[q.code]), REGION) for q in same], shown
        )
    ]


def _by_segment(
    frame: Frame, questions: Sequence[Sequence[Item]], segments: Sequence[Segment], shown: Shown
) -> list[Panel | Distribution]:
    """One panel for each item, with a row for each segment; the levels of a scale in one drawing."""
    labels = [(segment_label(frame, segment), segment) for segment in segments]
    panels: list[Panel | Distribution] = []
    for items in questions:
        for item in items:
            if item.level is None:
                panels += _panel(item.text, [(label, item, segment) for label, segment in labels], shown)
        if levels := levels_of(items):
            caption = _about(levels[0].question)
            panels += distribution(caption, [(label, levels, segment) for label, segment in labels], shown)
    return panels


def _averages(unit: str) -> Text:
    return Text(fi=f"Keskiarvot ({unit})", en=f"Averages ({unit})", sv=f"Medeltal ({unit})")


def _spread(question: Question) -> Text:
    ends = f"{question.levels[0]}–{question.levels[-1]}"
    return Text(
        fi=f"Vastausten jakauma, % (asteikko {ends})",
        en=f"How answers divide, % (on a scale of {ends})",
        sv=f"Svarens fördelning, % (skala {ends})",
    )


def _about(question: Question) -> Text:
    asked, spread = question.text, _spread(question)
    return Text(
        fi=f"{asked.fi} {spread.fi}",
        en=f"{asked.en} {spread.en}",
        sv=f"{asked.in_language('sv')} {spread.sv}",
    )


def _panel(caption: Text, triples: Sequence[Labelled], shown: Shown) -> list[Panel]:
    found = [(label, shown.cells.get((item.name, frozenset(s.parts)))) for label, item, s in triples]
    there = [(label, cell) for label, cell in found if cell is not None]
    if not there:
        return []
    item = triples[0][1]
    times = 100.0 if item.kind == "share" else 1.0
    older = sorted({cell.made_on for _, cell in there if cell.made_for != shown.number})
    rows = tuple((label, cell.figure) for label, cell in there)
    return [Panel(caption, rows, item.low * times, item.high * times, tuple(older))]
