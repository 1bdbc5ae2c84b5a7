"""How long a process that keeps ending has to wait."""

from __future__ import annotations

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
STEADY_SECONDS = 60.0


def crashes_in_a_row(before: int, ran_seconds: float) -> int:
    """The count after one more end: a process that ran long enough starts counting anew."""
    return 1 if ran_seconds >= STEADY_SECONDS else before + 1


def pause(crashes: int) -> float:
    """Seconds until the next start: doubled with each crash, to half a minute."""
    return min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (min(crashes, 10) - 1))
