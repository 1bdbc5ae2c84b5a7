"""The fault programme in short: one seed, some of the chapters. `make faults` runs all of them on several."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import quick_folder
from tests.faults.chapters import findings, opening, outcomes, visits
from tests.faults.programme import Scale, run
from tests.faults.surroundings import SKEW_SECONDS, Surroundings

pytestmark = pytest.mark.system

SEED = 7
CHAPTERS = (opening, findings, visits, outcomes)
PAIRS = Surroundings(replicas=2, skew=SKEW_SECONDS)
SHORT = Scale(each=20, pace=0.4, least_seconds=1.0, acts=4, chapters=CHAPTERS, surroundings=PAIRS)


async def test_whatever_is_killed_cut_and_poisoned_nothing_is_lost_doubled_or_different() -> None:
    with quick_folder() as folder:
        report = await run(SEED, Path(folder), SHORT)
    assert report.violations == []
    assert report.kills >= 2
    assert report.kills + report.cuts + report.spoilt + sum(report.points.values()) >= 6
    assert report.accepted > 90
    assert report.refused >= 5
