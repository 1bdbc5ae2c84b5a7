"""The page on evidence tells what the recorded run found, and nothing else."""

from __future__ import annotations

import re

import pytest

from services.survey import thresholds
from tests.simulate.page import PAGE, recorded, written
from tests.simulate.report import required, summary


def test_tables_and_plots_are_those_of_the_recorded_run() -> None:
    for path, text in written(recorded()).items():
        assert path.read_text(encoding="utf-8") == text


def test_the_recorded_run_is_long_and_meets_what_is_required() -> None:
    assert summary(recorded())["worlds"] >= 1000
    assert [one for one in required(recorded()) if not one.holds] == []


@pytest.mark.parametrize(
    ("says", "value"),
    [
        (r"early ones share (\d+) %", 100 * thresholds.INTERIM_SHARE.value),
        (r"close has (\d+) %", 100 * thresholds.CLOSING_SHARE.value),
        (r"nothing is confirmed below (\d+) answering", thresholds.LEAST_UNITS.value),
        (r"fewer than (\d+) in a segment", thresholds.LEAST_ON_A_SIDE.value),
        (r"as if by (\d+) more answers", thresholds.PRIOR_DF.value),
    ],
)
def test_the_recipe_names_the_thresholds_of_the_code(says: str, value: float) -> None:
    found = re.search(says, " ".join(PAGE.read_text(encoding="utf-8").split()))
    assert found
    assert float(found[1]) == pytest.approx(value)
