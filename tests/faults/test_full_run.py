"""A full run that came to less than it must is none, whatever held."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.faults.__main__ import LEAST_DEATHS, SEEDS, shortfalls
from tests.faults.crashing import POINTS
from tests.faults.programme import Report

FULL = [Report(seed, kills=40, cuts=40, accepted=3_500) for seed in range(SEEDS)]
HITS = Counter(dict.fromkeys(POINTS, LEAST_DEATHS))


def test_a_run_with_enough_of_everything_lacks_nothing() -> None:
    assert list(shortfalls(FULL, HITS)) == []


@pytest.mark.parametrize(
    ("reports", "sentence"),
    [
        ([replace(FULL[0], kills=200, accepted=20_000)], "2 of 3 seeds were left out"),
        (
            [replace(one, cuts=0) for one in FULL],
            "120 kills, cuts and deaths at crash points are fewer than 200",
        ),
        ([replace(one, accepted=3_333) for one in FULL], "9999 accepted inputs are fewer than 10000"),
    ],
)
def test_a_run_with_too_little_says_of_what(reports: list[Report], sentence: str) -> None:
    assert list(shortfalls(reports, HITS)) == [sentence]


def test_a_point_at_which_nobody_died_twice_is_told() -> None:
    assert list(shortfalls(FULL, HITS - Counter([POINTS[0]]))) == [f"1 deaths {POINTS[0]} are fewer than 2"]
