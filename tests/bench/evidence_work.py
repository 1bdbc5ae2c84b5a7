"""The work that the benchmark of the evidence engine times: re-analysing a round, and accepting more answers."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TypeVar

import numpy as np

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.disclosure import Gate
from services.survey.estimates import Analysis, analyse
from services.survey.items import items_of
from services.survey.judging import Case, judge
from services.survey.looks import plan_look
from services.survey.rules import hypotheses
from services.survey.tallies import Tallies
from services.survey.verdicts import Judged
from tests.bench.evidence_input import Input, make_input

MORE = 1000

Result = TypeVar("Result")


@dataclass(frozen=True)
class Scene:
    """A round with the tallies that it keeps, and the answers that come next."""

    given: Input
    tallies: Tallies
    more: AnswerSet


def prepare(given: Input) -> Scene:
    """Count the answers, batch by batch."""
    tallies = reduce(add, (tally(batch) for batch in given.batches(len(given))))
    return Scene(given, tallies, more_answers(given))


def more_answers(given: Input) -> AnswerSet:
    """The answers that come next."""
    questions = given.questionnaire.questions
    scales = sum(question.kind == "scale" for question in questions)
    return make_input(MORE, scales, len(questions) - scales).answers(0, MORE)


def reanalyse(scene: Scene) -> tuple[Analysis, tuple[Judged, ...]]:
    """All estimates of all declared tables from the kept tallies, and the verdict of every rule on each."""
    return _judged(scene, scene.tallies)


def accept(scene: Scene) -> tuple[Analysis, tuple[Judged, ...]]:
    """Count the new answers, add them to the kept tallies, and re-analyse."""
    return _judged(scene, scene.tallies + tally(scene.more))


def _judged(scene: Scene, tallies: Tallies) -> tuple[Analysis, tuple[Judged, ...]]:
    items, analysis = items_of(scene.given.questionnaire), analyse(scene.given.round, tallies)
    asked = hypotheses(items, analysis.segments)
    case = Case(analysis, items, asked, open_gate(analysis), plan_look(scene.given.round, None))
    return analysis, judge(case, {})


def open_gate(analysis: Analysis) -> Gate:
    """A gate that lets every figure out: its own work is timed apart."""
    shape = (len(analysis.items), len(analysis.segments))
    return Gate(np.full(shape, "fresh", dtype=object), np.full(shape, -1, dtype=np.int64))


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds that it took, and what came of it. What others left behind is cleaned up before, not meanwhile."""
    gc.collect()
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result
