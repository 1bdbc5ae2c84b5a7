"""The benchmark itself: a short run fills every row."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import measure
from tests.bench.rows import RATE

ROWS = (
    "answers accepted a second over HTTP",
    "answers a second by import",
    "seconds to analyse and release 900 answers",
    "events a second, outbox to inbox",
    "  raw: published a second, in batches",
    "  raw: published a second, one by one",
    "  raw: pulled and inserted a second",
    f"ms from commit to effect at {RATE:.0f}/s, p50",
    f"ms from commit to effect at {RATE:.0f}/s, p99",
)


@pytest.mark.system
def test_a_short_run_measures_every_row() -> None:
    rows = measure(0.02, durable=False)

    assert tuple(row.what for row in rows) == ROWS
    assert all(row.latu > 0 for row in rows)
