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
from services.survey.counting import Counted, count
from services.survey.disclosure import Gate, judge_release
from services.survey.estimates import Analysis, analyse
from services.survey.items import items_of
from services.survey.judging import Case, judge
from services.survey.layers import Layers
from services.survey.looks import plan_look
from services.survey.releases import history
from services.survey.rules import hypotheses
from services.survey.verdicts import Judged
from services.survey.versions import versions
from tests.bench.evidence_input import Input, make_input

MORE = 1000

Result = TypeVar("Result")


@dataclass(frozen=True)
class Scene:
    """A round with the tallies that it keeps, in their layers, and the answers that come next."""

    given: Input
    kept: Layers
    more: AnswerSet


def prepare(given: Input) -> Scene:
    """Count the answers, batch by batch."""
    kept = reduce(add, (count(batch) for batch in given.batches(len(given))))
    return scene_of(given, kept)


def scene_of(given: Input, kept: Layers) -> Scene:
    """The round with tallies that were counted before."""
    return Scene(given, kept, more_input(given).answers(0, MORE))


def more_input(given: Input) -> Input:
    """The answers that come next."""
    questions = given.questionnaire.questions
    scales = sum(question.kind == "scale" for question in questions)
    return make_input(MORE, scales, len(questions) - scales)


def reanalyse(scene: Scene) -> tuple[Analysis, tuple[Judged, ...]]:
    """All estimates of all declared tables from the kept tallies, and the verdict of every rule on each."""
    return judged(scene.given, scene.kept)


def accept(scene: Scene) -> tuple[Analysis, tuple[Judged, ...]]:
    """Count the new answers, add them to the kept tallies, and re-analyse."""
    return judged(scene.given, scene.kept + count(scene.more))


def judged(given: Input, kept: Layers) -> tuple[Analysis, tuple[Judged, ...]]:
    """All estimates and verdicts from kept tallies."""
    items, analysis = items_of(given.questionnaire), analyse(given.round, kept.live())
    asked = hypotheses(items, analysis.segments)
    case = Case(analysis, items, asked, open_gate(analysis), plan_look(given.round, None))
    return analysis, judge(case, {})


def gate(scene: Scene) -> Gate:
    """What a first release would let out."""
    analysis = analyse(scene.given.round, scene.kept.live())
    past = versions(Counted(scene.kept, (), len(scene.given)), scene.given.round.frame, ())
    before = history((), analysis.items, analysis.segments)
    return judge_release(scene.given.round.frame, analysis, items_of(scene.given.questionnaire), before, past)


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
