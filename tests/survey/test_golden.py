"""Figures equal those of R's survey package on public data (see the reference data's golden folder)."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.estimates import Analysis, analyse
from services.survey.rounds import Category, Dimension, Frame, Round
from services.survey.weighting import rake
from tests.survey.worlds import words

pytestmark = pytest.mark.reference

SAME = 1e-8
LIKERT = "org_encouraged"


def slug(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", word).strip("-")


def frame_of_margins(margins: dict[str, dict[str, float]]) -> Frame:
    return Frame(
        dimensions=tuple(
            Dimension(
                code=slug(code),
                label=words(code),
                categories=tuple(
                    Category(code=slug(name), label=words(name), count=count)
                    for name, count in counts.items()
                ),
            )
            for code, counts in margins.items()
        )
    )


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def nsw(reference_data: Path) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads((reference_data / "golden/nsw2020/nsw2020_golden.json").read_text())
    return golden


@pytest.fixture(scope="module")
def analysis(reference_data: Path, nsw: dict[str, Any]) -> Analysis:
    rows = read(reference_data / "golden/nsw2020/nsw2020_derived.csv")
    margins = nsw["about"]["margins"]
    columns = {name: np.array([number(row[name]) for row in rows]) for name in ITEMS}
    for level in range(1, 6):
        likert = columns[LIKERT]
        columns[f"{LIKERT}:{level}"] = np.where(np.isnan(likert), np.nan, (likert == level).astype(float))
    keys = [tuple(slug(row[dimension]) for dimension in margins) for row in rows]
    cell_keys = tuple(sorted(set(keys)))
    answers = AnswerSet(
        items=tuple(columns),
        values=np.column_stack(list(columns.values())),
        cells=np.array([cell_keys.index(key) for key in keys]),
        cell_keys=cell_keys,
        units=np.arange(len(rows)),
        ids=tuple(row["id"] for row in rows),
        seqs=np.arange(1, len(rows) + 1),
    )
    round_ = Round(
        round="nsw",
        questionnaire="nsw",
        title=words("NSW"),
        unit="person",
        fpc=False,
        opens_on=date(2020, 8, 1),
        closes_on=date(2020, 9, 30),
        frame=frame_of_margins(margins),
        tables=((), *((slug(d),) for d in margins), ("area", "industry_group")),
    )
    return analyse(round_, tally(answers))


ITEMS = ("rw_pct", "pref_pct", "productivity_pct", LIKERT, "org_prepared")


def number(text: str) -> float:
    return float(text) if text not in ("", "NA") else np.nan


def assert_same(analysis: Analysis, item: str, segment: dict[str, str], golden: dict[str, Any]) -> None:
    i = analysis.items.index(item)
    s = next(n for n, found in enumerate(analysis.segments) if found.categories == segment)
    assert analysis.means.value[i, s] == pytest.approx(golden["est"], rel=SAME)
    assert analysis.means.se[i, s] == pytest.approx(golden["se"], rel=SAME)


def test_nsw_2020_raked_mean_and_margin_aware_error_are_those_of_r(analysis: Analysis) -> None:
    item = analysis.items.index("rw_pct")
    assert analysis.means.value[item, 0] == pytest.approx(63.8281934970, abs=1e-9)
    assert analysis.means.se[item, 0] == pytest.approx(1.0199374246, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("mean_rw_pct", "rw_pct"),
        ("mean_pref_pct_na_rm", "pref_pct"),
        ("mean_productivity", "productivity_pct"),
        ("likert_org_prepared_mean", "org_prepared"),
    ],
)
def test_nsw_means_are_those_of_r_with_answers_missing(
    analysis: Analysis, nsw: dict[str, Any], name: str, item: str
) -> None:
    assert_same(analysis, item, {}, nsw["raked"][name][item])


def test_nsw_proportions_of_every_option_are_those_of_r(analysis: Analysis, nsw: dict[str, Any]) -> None:
    for level in range(1, 6):
        golden = nsw["raked"]["likert_org_encouraged"][f"factor({LIKERT}){level}"]
        assert_same(analysis, f"{LIKERT}:{level}", {}, golden)


def test_nsw_segments_are_those_of_r(analysis: Analysis, nsw: dict[str, Any]) -> None:
    for golden in nsw["raked"]["by_area"]["flat"]:
        area, _, item = golden["key"].partition(":")
        assert_same(analysis, item, {"area": area}, golden)
    for golden in nsw["raked"]["by_org_size"]["flat"]:
        assert_same(analysis, "rw_pct", {"org_size": slug(golden["key"])}, golden)
    for golden in nsw["calibrate_raking"]["by_area"]["flat"]:
        assert_same(analysis, "rw_pct", {"area": golden["key"]}, golden)


def test_nsw_segments_of_two_dimensions_are_those_of_r(analysis: Analysis, nsw: dict[str, Any]) -> None:
    for golden in nsw["raked"]["by_industry_x_area"]["flat"]:
        industry, _, area = golden["key"].rpartition(".")
        assert_same(analysis, "rw_pct", {"area": area, "industry_group": slug(industry)}, golden)


def test_nsw_weights_are_as_unequal_as_r_says(analysis: Analysis, nsw: dict[str, Any]) -> None:
    assert 1 / analysis.weights.efficiency == pytest.approx(nsw["raked"]["kish_deff"], rel=SAME)
    assert analysis.weights.cell.min() == pytest.approx(nsw["raked"]["min_w"], rel=SAME)
    assert analysis.weights.cell.max() == pytest.approx(nsw["raked"]["max_w"], rel=SAME)


@pytest.mark.parametrize(
    "case", ["rake_clus1_stype_schwide", "rake_clus1_stype_schwide_compimp", "rake_strat_3margins"]
)
def test_api_weights_from_base_weights_are_those_of_r(reference_data: Path, case: str) -> None:
    golden = json.loads((reference_data / "golden/api_calibration.json").read_text())[case]
    rows = read(reference_data / "golden" / golden["csv"])
    keys = [tuple(slug(row[dimension]) for dimension in golden["margins"]) for row in rows]
    cell_keys = sorted(set(keys))
    of_row = [cell_keys.index(key) for key in keys]
    base = np.zeros(len(cell_keys))
    base[of_row] = golden["base_weights"]
    weights = rake(frame_of_margins(golden["margins"]), cell_keys, np.bincount(of_row), base)
    assert weights.cell[of_row] == pytest.approx(golden["weights"], rel=1e-9)
    assert weights.effective_n == pytest.approx(golden["kish_neff"], rel=1e-9)
    enrolled = np.array([float(row["enroll"]) for row in rows])
    w = weights.cell[of_row]
    assert (w * enrolled).sum() / w.sum() == pytest.approx(golden["mean"]["enroll"]["est"], rel=SAME)
