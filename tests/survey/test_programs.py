"""Programs that follow one another have the same answers as each alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from services.survey.programs import Program

TRUE = np.ones(4, dtype=bool)


def _random(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    still = rng.integers(0, 2, size=(4, 9)).astype(float)
    return still, -rng.uniform(0, 3, 9), rng.uniform(0, 3, 9)


@pytest.mark.parametrize("seed", range(10))
def test_each_program_goes_as_far_as_it_would_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    still, least, most = _random(rng)
    program, kept = Program(still, least, most), TRUE.copy()
    for row in (*range(4), None):
        for _ in range(3):
            aim = rng.normal(size=9)
            alone = linprog(
                -aim, A_eq=still[kept], b_eq=np.zeros(kept.sum()), bounds=np.column_stack([least, most])
            )
            found, _stopping = program.furthest(aim, kept)
            assert aim @ found == pytest.approx(-alone.fun, abs=1e-7)
            assert still[kept] @ found == pytest.approx(np.zeros(kept.sum()), abs=1e-7)
        if row is not None:
            kept[row] = False


def test_without_the_sums_that_stop_it_a_sum_goes_further() -> None:
    still, bound = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), np.ones(3)
    aim = np.array([1.0, 1.0, 0.0])
    found, stopping = Program(still, -bound, bound).furthest(aim, np.ones(2, dtype=bool))
    assert aim @ found == pytest.approx(0)
    assert stopping == [0]
    free, _ = Program(still, -bound, bound).furthest(aim, np.array([False, True]))
    assert aim @ free == pytest.approx(2)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    Program(np.ones((1, 2)), -np.ones(2), np.ones(2)).furthest(np.ones(2), np.ones(1, dtype=bool))
    assert capfd.readouterr() == ("", "")


def test_where_there_is_no_answer_it_goes_nowhere_and_everything_stops_it() -> None:
    upside_down = Program(np.ones((2, 2)), np.ones(2), -np.ones(2))
    found, stopping = upside_down.furthest(np.ones(2), np.array([True, True]))
    assert found.tolist() == [0.0, 0.0]
    assert stopping == [0, 1]
