"""Row by row, the NSW 2020 figures equal R's to 1e-8: unweighted, raked, calibrated, weights taken as fixed.

Not compared: regressions (`lm_productivity`), entries that R gives as NA, and what golden.NOT_SUPPORTED says.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtr

from services.survey.calibrations import calibrate, linear, margins, rake, raking
from services.survey.designs import Design, design_of, drawn_alone
from services.survey.linearised import mean, total
from tests.survey.golden import Columns, Comparison, Held, Kind, read_golden

pytestmark = pytest.mark.reference

WAYS = ["unweighted", "raked", "calibrate_raking", "calibrate_linear", "raked_weights_as_fixed_weights"]
REGRESSIONS = {"lm_productivity"}

Comparer = Callable[[Held, str, Any], None]


@pytest.fixture(scope="module")
def golden(reference_data: Path) -> dict[str, Any]:
    return read_golden(reference_data, "nsw2020/nsw2020_golden.json")


@pytest.fixture(scope="module")
def data(reference_data: Path) -> Columns:
    return Columns.read(reference_data / "golden/nsw2020/nsw2020_derived.csv")


@pytest.fixture(scope="module")
def file(reference_data: Path) -> Columns:
    return Columns.read(reference_data / "golden/nsw2020/nsw2020_weights.csv")


def design(way: str, data: Columns, file: Columns, golden: dict[str, Any]) -> Design:
    alone = drawn_alone(len(data))
    if way == "raked_weights_as_fixed_weights":
        return design_of(alone, file.numbers("rake"))
    plain, counts = design_of(alone, np.full(len(data), 1e6 / len(data))), golden["about"]["margins"]
    labels = {name: data.labels(name) for name in counts}
    match way:
        case "raked":
            return rake(plain, labels, counts)
        case "calibrate_raking":
            return calibrate(plain, margins(labels, counts), raking())
        case "calibrate_linear":
            return calibrate(plain, margins(labels, counts), linear())
        case _:
            return plain


def figures(kind: Kind) -> Comparer:
    return lambda of, name, want: of.figures(name, kind, want)


def domains(*factors: str, y: str = "rw_pct") -> Comparer:
    return lambda of, name, want: of.by(name, mean, factors, want, y)


def association(rows: str, columns: str) -> Comparer:
    return lambda of, name, want: of.independence(name, (rows, columns), want)


def compare_kish(of: Held, name: str, want: float) -> None:
    w = of.design.weights
    found = {"sum_w": w.sum(), "min_w": w.min(), "max_w": w.max()}
    found["kish_deff"] = len(w) * (w**2).sum() / w.sum() ** 2
    of.to.same(name, float(found[name]), want)


def compare_difference(of: Held, _: str, want: dict[str, Any]) -> None:
    found = of.difference("rw_pct", "area", {"Regional": 1, "Metro": -1})
    t = float(found.value[0] / found.se[0])
    of.to.same("difference", float(found.value[0]), want["diff"])
    of.to.same("difference t", t, want["t"])
    of.to.same("difference p", 2 * float(stdtr(want["df"], -abs(t))), want["p"])
    for bound, r in zip(found.interval(degrees=want["df"]), want["ci"], strict=True):
        of.to.same("difference interval", float(bound[0]), r)


COMPARED: dict[str, Comparer] = {
    "n": lambda of, name, want: of.to.same(name, len(of.data), want),
    "degf": lambda of, name, want: of.to.same(name, of.design.degrees, want),
    **dict.fromkeys(("sum_w", "min_w", "max_w", "kish_deff"), compare_kish),
    "mean_rw_pct": figures(mean),
    "mean_pref_pct_na_rm": figures(mean),
    "mean_productivity": figures(mean),
    "likert_org_encouraged": figures(mean),
    "likert_org_prepared_mean": figures(mean),
    "total_full_remote": figures(total),
    "top2_org_encouraged": lambda of, name, want: of.intervals(
        name, of.data.outcome("I(org_encouraged >= 4)TRUE"), want
    ),
    "by_area": domains("area"),
    "by_org_size": domains("org_size"),
    "by_industry_x_area": domains("industry_group", "area"),
    "by_area_top2": domains("area"),
    "by_tenure_pref": domains("tenure", y="pref_pct"),
    "quantile_rw_pct": lambda of, name, want: of.quantiles(name, "rw_pct", want),
    "chisq_manages_area": association("manages", "area"),
    "chisq_encouraged_orgsize": association("org_encouraged", "org_size"),
    "ttest_rw_area": compare_difference,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_figure_is_that_of_r(golden: dict[str, Any], data: Columns, file: Columns, way: str) -> None:
    made = design(way, data, file, golden)
    of = Held(made, data, Comparison(), keeps_missing=bool(made.calibrations))
    for name, compare in COMPARED.items():
        if name in golden[way]:
            compare(of, name, golden[way][name])
    assert of.to.differ == []
    assert set(golden[way]) <= set(COMPARED) | REGRESSIONS
    assert of.to.compared > (10 if "calibrate" in way else 340)


def test_every_way_of_weighting_is_compared(golden: dict[str, Any]) -> None:
    assert set(golden) == {"about", *WAYS}


@pytest.mark.parametrize(
    ("way", "column"),
    [("raked", "rake"), ("calibrate_raking", "calibrate_raking"), ("calibrate_linear", "calibrate_linear")],
)
def test_weights_of_every_row_are_those_in_the_file(
    golden: dict[str, Any], data: Columns, file: Columns, way: str, column: str
) -> None:
    assert (file.labels("id") == data.labels("id")).all()
    weights = design(way, data, file, golden).weights
    assert weights == pytest.approx(file.numbers(column), rel=1e-8)
    assert file.numbers("base_weight") == pytest.approx(1e6 / len(data), rel=1e-12)
