"""A process that keeps ending waits longer each time, to half a minute."""

from __future__ import annotations

from deploy.embedded import backoff


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    assert [backoff.pause(crashes) for crashes in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.pause(10_000) == 30


def test_a_process_that_ran_for_a_minute_starts_counting_anew() -> None:
    assert backoff.crashes_in_a_row(5, ran_seconds=59.9) == 6
    assert backoff.crashes_in_a_row(5, ran_seconds=60.0) == 1
