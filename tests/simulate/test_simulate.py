"""A small run of the simulation: hardly anything false is confirmed, and the plain way is nearly always wrong."""

from __future__ import annotations

import pytest

from tests.simulate.__main__ import simulate
from tests.simulate.families import jobs
from tests.simulate.report import Run, required, summary


@pytest.fixture(scope="module")
def small() -> Run:
    return simulate(jobs(6, 7, (150, 420)), processes=2)


def test_false_claims_are_hardly_ever_confirmed(small: Run) -> None:
    figures = summary(small)
    assert figures["worlds"] == 12
    assert figures["false_worlds"] <= 2
    assert figures["fdp_mixed"] <= 0.1


def test_plain_intervals_at_every_look_are_nearly_always_wrong(small: Run) -> None:
    figures = summary(small)
    assert figures["naive_false_worlds"] >= figures["worlds"] - 1


def test_intervals_hold_the_truth_as_often_as_they_say(small: Run) -> None:
    coverage = [one for one in required(small) if "coverage" in one.what]
    assert coverage
    assert all(one.figure >= 0.93 for one in coverage)
