"""The shortest run of the cluster programme: the leader is killed while stories flow, and stays away."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.cluster import programme
from tests.cluster.flow import FreshDatabase, longest_gap
from tests.cluster.programme import KILL, Report, run
from tests.cluster.ring import make_ring

# Far longer than an election, so that on a slow machine too only a flow that waits for the leader fails.
AWAY_SECONDS = 20.0


async def test_a_leader_that_is_killed_and_stays_away_stops_nothing(
    tmp_path: Path, fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programme, "FAULT_SECONDS", AWAY_SECONDS)
    report = await run(7, make_ring(tmp_path / "ring"), fresh_database, lambda _: None, faults=(KILL,))
    assert (report.published, report.twice) == (report.handled, 0), report.as_line()
    assert report.longest_gap < AWAY_SECONDS - 2, report.as_line()
    assert report.published > programme.FAULT_SECONDS / programme.PACE_SECONDS / 4


def test_the_longest_gap_lies_between_two_that_follow_one_another() -> None:
    assert longest_gap([5.0, 1.0, 2.0]) == 3.0
    assert longest_gap([1.0]) == 0.0


def test_what_is_lost_or_done_twice_or_waited_for_too_long_does_not_hold() -> None:
    def holds(published: int = 9, twice: int = 0, gap: float = 10.0) -> bool:
        return Report(1, Counter((KILL,)), published, 9, twice, gap, 40.0, 100.0).holds

    assert holds()
    assert not holds(published=10)
    assert not holds(twice=1)
    assert not holds(gap=10.1)
