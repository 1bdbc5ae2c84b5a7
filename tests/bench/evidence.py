"""`make bench-evidence`: a re-analysis from tallies, whatever the number of answers, beside svy on the same answers."""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from services.survey.questionnaires import Question
from tests.bench import machine
from tests.bench.evidence_database import measure_stored
from tests.bench.evidence_input import MULTIS, SCALES, Input, make_input
from tests.bench.evidence_peer import Peer, columns, is_here, largest_difference, of_round
from tests.bench.evidence_work import Scene, accept, gate, prepare, reanalyse, timed

MEMORY_SECONDS = 600


@dataclass(frozen=True)
class Plan:
    """What is measured. asked: of each size, how many questions svy is asked. stored: sizes in PostgreSQL.

    At 1 M one question of svy takes minutes. All questions of a kind take it alike, which 10 k shows.
    """

    sizes: Sequence[int] = (10_000, 100_000, 1_000_000)
    asked: Sequence[int] = (40, 3, 1)
    scales: int = SCALES
    multis: int = MULTIS
    repetitions: int = 21
    stored: Sequence[int] = (10_000, 100_000)
    durable: bool = True


@dataclass
class Measured:
    """Seconds of one size. means, levels: of svy, for a column and for the levels of a scale."""

    scene: Scene
    count: float
    again: list[float] = field(default_factory=list)
    more: list[float] = field(default_factory=list)
    gate: float = 0.0
    weigh: list[float] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    compared: list[tuple[float, int]] = field(default_factory=list)
    memory: dict[str, float | None] = field(default_factory=dict)

    def peer(self, questions: int | None = None) -> float | None:
        """Seconds that svy takes for all: the raking, every column, every scale's levels.

        questions: judged from the first so many that it was asked; default: from all of them.
        """
        if not self.weigh:
            return None
        asked = self.scene.given.questionnaire.questions
        wide = sum(len(columns(question)) for question in asked)
        scales = sum(question.kind == "scale" for question in asked)
        means, levels = self.means[:questions], self.levels[:questions]
        return median(self.weigh) + wide * _mean(means) + scales * _mean(levels)

    @property
    def figures(self) -> dict[str, float | None]:
        """What is printed of it."""
        peer, again = self.peer(), median(self.again)
        return {
            "reanalyse_ms": round(again * 1000, 2),
            "reanalyse_best_ms": round(min(self.again) * 1000, 2),
            "accept_1000_ms": round(median(self.more) * 1000, 2),
            "peak_mb": _rounded(self.memory.get("peak_mb")),
            "gate_s": _rounded(self.gate),
            "count_s": round(self.count, 2),
            "count_peak_mb": _rounded(self.memory.get("count_peak_mb")),
            "cells": len(self.scene.kept.keys),
            "svy_s": _rounded(peer),
            "svy_s_by_first": _rounded(self.peer(1)),
            "svy_questions": len(self.compared),
            "svy_peak_mb": _rounded(self.memory.get("svy_peak_mb")),
            "times_svy": _rounded(peer / again if peer else None),
            "times_svy_from_rows": _rounded(peer / (self.count + again) if peer else None),
        }


def measure(plan: Plan) -> dict[int, Measured]:
    """All sizes in turn, over and over, so that what else the machine does meets all of them alike."""
    found = {size: _counted(plan, size) for size in plan.sizes}
    for _ in range(plan.repetitions):
        for one in found.values():
            _ours(one)
    for asked, one in zip(plan.asked, found.values(), strict=True):
        one.memory = _memory(plan, one.scene)
        one.gate = timed(partial(gate, one.scene))[0]
        if is_here():
            _compare(one, _some(one.scene.given, asked), list(found.values()))
    return found


def _counted(plan: Plan, size: int) -> Measured:
    _say(f"{size:,} answers: counting")
    given = make_input(size, plan.scales, plan.multis)
    seconds, scene = timed(partial(prepare, given))
    return Measured(scene, seconds)


def measure_all_stored(plan: Plan) -> dict[str, dict[str, float]]:
    """What the same takes through PostgreSQL."""
    found = {}
    for size in plan.stored:
        _say(f"{size:,} answers: in PostgreSQL")
        given = make_input(size, plan.scales, plan.multis)
        found[str(size)] = measure_stored(given, durable=plan.durable)
    return found


def _ours(one: Measured) -> None:
    one.again.append(timed(partial(reanalyse, one.scene))[0])
    one.more.append(timed(partial(accept, one.scene))[0])


def _some(given: Input, wanted: int) -> list[Question]:
    """So many questions of both kinds in turn, a scale first."""
    questions = given.questionnaire.questions
    scales = [question for question in questions if question.kind == "scale"]
    others = [question for question in questions if question.kind != "scale"]
    return [*scales[: max(wanted - len(others), 1)], *others][:wanted]


def _compare(one: Measured, questions: Sequence[Question], all_: Sequence[Measured]) -> None:
    """svy, question by question; between them Latu once more at every size."""
    size, analysis = len(one.scene.given), reanalyse(one.scene)[0]
    peer = Peer(one.scene.given, questions)
    one.weigh.append(timed(peer.weigh)[0])
    for number, question in enumerate(questions, start=1):
        _say(f"{size:,} answers: svy, question {number} of {len(questions)}")
        means, figures = timed(partial(peer.means, question))
        one.means += [means / len(columns(question))] * len(columns(question))
        if question.kind == "scale":
            levels, more = timed(partial(peer.levels, question))
            one.levels.append(levels)
            figures |= more
        one.compared.append(largest_difference(analysis.items, analysis.segments, analysis.means, figures))
        for other in all_:
            _ours(other)


def _memory(plan: Plan, scene: Scene) -> dict[str, float | None]:
    _say(f"{len(scene.given):,} answers: memory, in a process of its own")
    with tempfile.TemporaryDirectory(prefix="latu-bench-") as folder:
        kept = Path(folder) / "tallies"
        kept.write_bytes(pickle.dumps(scene.kept))
        numbers = [str(number) for number in (len(scene.given), plan.scales, plan.multis)]
        argv = [sys.executable, "-m", "tests.bench.evidence_memory", *numbers, str(kept)]
        done = subprocess.run(argv, stdout=subprocess.PIPE, timeout=MEMORY_SECONDS, check=True)
    found: dict[str, float | None] = json.loads(done.stdout)
    return found


def result(found: dict[int, Measured], stored: dict[str, dict[str, float]]) -> dict[str, object]:
    """The figures as they are printed last."""
    small, large = found[min(found)], found[max(found)]
    compared = [pair for one in found.values() for pair in one.compared]
    return {
        "machine": machine.describe(),
        "sizes": {str(size): one.figures for size, one in found.items()},
        "flat": round(median(large.again) / median(small.again), 3),
        "times_svy": large.figures["times_svy"],
        "max_rel_diff": max((worst for worst, _ in compared), default=None),
        "compared": sum(number for _, number in compared),
        "stored": stored,
    }


def show(found: dict[int, Measured], stored: dict[str, dict[str, float]]) -> None:
    """Tables for people."""
    print(machine.describe(), f"· load {os.getloadavg()[0]:.1f}")
    _table("answers", {f"{size:,}": one.figures for size, one in found.items()})
    _table("in PostgreSQL", {f"{int(size):,}": figures for size, figures in stored.items()})
    for line in _notes(next(iter(found.values()))):
        print(line)


def _table(head: str, columns_: dict[str, dict[str, float | None]]) -> None:
    print(f"{head:<20}" + "".join(f"{name:>14}" for name in columns_))
    for name in next(iter(columns_.values()), {}):
        cells = (column[name] for column in columns_.values())
        print(f"{name:<20}" + "".join(f"{'–' if cell is None else f'{cell:,}':>14}" for cell in cells))


def _notes(one: Measured) -> Iterator[str]:
    given = one.scene.given
    yield f"{len(given.questionnaire.questions)} questions, {len(given.items)} items; compared: {of_round(given.round)}"
    yield "re-analysing and accepting: medians, from kept tallies, the gate left open; counting: once, from the rows"
    yield "gate_s: the release gate of a first release, once"
    yield "peak_mb: beyond the kept tallies, as Python counts; of svy: growth of a process by one question"
    if one.weigh:
        yield "svy_s: raking + every column + every scale's levels, by the mean of the questions that it was asked"
        yield "times_svy: a re-analysis against it; from_rows: counting all answers anew and that"
        yield "svy_s_by_first: the same by its first question alone, to see that questions take it alike"
    else:
        yield "svy is not installed; `make bench-evidence` installs it"


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _mean(seconds: Sequence[float]) -> float:
    return sum(seconds) / len(seconds) if seconds else 0.0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def main() -> None:
    """Measure, show, and print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=Plan.sizes, help="numbers of answers")
    parser.add_argument(
        "--asked", type=int, nargs="+", default=Plan.asked, help="questions that svy is asked, by size; of 40"
    )
    parser.add_argument(
        "--stored", type=int, nargs="*", default=Plan.stored, help="numbers of answers in PostgreSQL"
    )
    plan = Plan(**vars(parser.parse_args()))
    found, stored = measure(plan), measure_all_stored(plan)
    show(found, stored)
    print(json.dumps(result(found, stored)))


if __name__ == "__main__":
    main()
