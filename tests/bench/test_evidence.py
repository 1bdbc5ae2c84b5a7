"""The benchmark of the evidence engine itself: a short run fills every figure, and both ways agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from services.survey.segments import REGION, declared_segments
from services.survey.weighting import rake
from tests.bench.evidence import Plan, measure, measure_all_stored, result
from tests.bench.evidence_input import make_input
from tests.bench.evidence_peer import is_here, largest_difference
from tests.bench.evidence_work import prepare, reanalyse

PLAN = Plan(sizes=(1500,), asked=(2,), scales=2, multis=1, repetitions=1, stored=(200,), durable=False)

needs_svy = pytest.mark.skipif(not is_here(), reason="svy is not here; `make bench-evidence` installs it")


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return result(measure(PLAN), measure_all_stored(PLAN))


@pytest.mark.system
def test_a_short_run_measures_every_size(figures: dict[str, Any]) -> None:
    assert {"sizes", "flat", "times_svy", "max_rel_diff"} <= figures.keys()
    assert list(figures["sizes"]) == ["1500"]
    for size in figures["sizes"].values():
        assert all(size[name] > 0 for name in ("reanalyse_ms", "accept_1000_ms", "peak_mb"))
    assert all(figure > 0 for figure in figures["stored"]["200"].values())


@needs_svy
@pytest.mark.system
def test_latu_and_svy_give_the_same_figures(figures: dict[str, Any]) -> None:
    given = make_input(10, PLAN.scales, PLAN.multis)
    scale, several = 6, 4
    segments = len(declared_segments(given.round))

    assert figures["compared"] == 2 * segments * (scale + several)
    assert figures["max_rel_diff"] < 1e-8
    assert figures["times_svy"] > 1


def test_the_same_size_gives_the_same_answers_and_cells_answer_unequally() -> None:
    once, again = make_input(20_000, 1, 1), make_input(20_000, 1, 1)
    counts = np.bincount(once.cells, minlength=len(once.cell_keys))
    there = np.flatnonzero(counts)

    assert all((once.given[name] == again.given[name]).all() for name in once.given)
    assert once.answers(0, 20_000).values.shape == (20_000, len(once.items))
    weights = rake(once.round.frame, [once.cell_keys[cell] for cell in there], counts[there])
    assert 0.3 < weights.efficiency < 0.9


def test_a_figure_that_only_one_of_the_two_has_is_noticed() -> None:
    scene = prepare(make_input(1500, 1, 0))
    analysis = reanalyse(scene)[0]

    with pytest.raises(RuntimeError, match="same figures"):
        largest_difference(
            analysis.items, analysis.segments, analysis.means, {("state-00", REGION): (3.0, 0.1)}
        )
