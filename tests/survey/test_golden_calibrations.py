"""Calibrated, raked, post-stratified and trimmed weights, and the errors after them, equal R's to 1e-8.

R's `rake` takes ten sweeps of unweighted means of the margins out of the influences where its `calibrate`, and
ours, takes the base-weighted least-squares fit. With equal base weights the two are one, to the digits that ten
sweeps reach; with the unequal ones of `rake_strat_3margins` they differ. The errors of raked entries are
therefore compared twice: with R's sweeps in place of our fit to 1e-8, and as they are to what is said beside
each.

Not compared: `rake_clus1_R_default_control`, the weights of R's default, which had not converged; that ours are
apart from them by as much as R says is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.survey.calibrations import (
    Auxiliary,
    Distance,
    calibrate,
    linear,
    logit,
    post_stratify,
    rake,
    raking,
    trim,
)
from services.survey.designs import Design, Floats, Labels, design_of, drawn, drawn_alone
from services.survey.linearised import Linearised, mean, total
from tests.survey.golden import Columns, Comparison, Held, read_golden

pytestmark = pytest.mark.reference

RAKED = ["rake_clus1_stype_schwide", "rake_clus1_stype_schwide_compimp", "rake_strat_3margins"]
# How far our errors may be from those of R's ten sweeps.
APART = {RAKED[0]: 1e-8, RAKED[1]: 1e-6, RAKED[2]: 0.02}
CALIBRATED = [
    "calibrate_linear_stype",
    "calibrate_linear_stype_api99",
    "calibrate_raking_stype_api99",
    "calibrate_raking_stype_schwide",
    "calibrate_logit_bounds_0.7_1.7",
    "calibrate_linear_bounds_0.6_1.6",
]
POST_STRATIFIED = ["poststratify_clus1_stype", "poststratify_clus1_stype_x_schwide"]
TRIMMED = ["trim_after_rake3_20_60_strict", "trim_after_rake3_upper50_nonstrict"]
NOT_COMPARED = {"about", "rake_clus1_R_default_control"}


@dataclass(frozen=True)
class Sweeps:
    """R's way with a raked design: the means of each margin out of the influences, ten times over."""

    margins: Sequence[Labels]
    scale: Floats

    def residual(self, influence: Floats) -> Floats:
        plain = influence / self.scale[:, None]
        for _ in range(10):
            for margin in self.margins:
                for category in np.unique(margin):
                    plain[margin == category] -= plain[margin == category].mean(axis=0)
        return plain * self.scale[:, None]


@pytest.fixture(scope="module")
def golden(reference_data: Path) -> dict[str, Any]:
    return read_golden(reference_data, "api_calibration.json")


def base(folder: Path, want: dict[str, Any]) -> tuple[Columns, Design]:
    data = Columns.read(folder / "golden" / want["csv"])
    if want["csv"] == "apistrat.csv":
        stages = drawn_alone(len(data), data.labels("stype"), data.numbers("fpc"))
    else:
        stages = drawn([data.labels("dnum")], None, [data.numbers("fpc")])
    return data, design_of(stages, data.numbers("pw"))


def raked(folder: Path, want: dict[str, Any]) -> tuple[Columns, Design, Design]:
    """Raked as it is, and with R's sweeps in place of the fit."""
    data, plain = base(folder, want)
    labels = {name: data.labels(name) for name in want["margins"]}
    ours = rake(plain, labels, want["margins"])
    return data, ours, replace(ours, calibrations=(Sweeps(tuple(labels.values()), ours.weights),))


def distance(want: dict[str, Any]) -> Distance:
    match want.get("calfun", "linear"):
        case "logit":
            return logit(*want["bounds"])
        case "raking":
            return raking()
        case _:
            return linear(*want.get("bounds", ()))


def calibrated(folder: Path, want: dict[str, Any]) -> tuple[Columns, Design]:
    data, plain = base(folder, want)
    columns = [
        np.ones(len(data)) if "Intercept" in name else data.outcome(name) for name in want["population"]
    ]
    totals = np.array(list(want["population"].values()), dtype=float)
    known = Auxiliary(tuple(want["population"]), np.column_stack(columns), totals)
    return data, calibrate(plain, known, distance(want))


def post_stratified(folder: Path, want: dict[str, Any]) -> tuple[Columns, Design]:
    data, plain = base(folder, want)
    if "cells" in want:
        keys = [name for name in want["cells"][0] if name != "Freq"]
        counts = {"|".join(cell[key] for key in keys): cell["Freq"] for cell in want["cells"]}
    else:
        (keys, counts) = list(want["margins"]), next(iter(want["margins"].values()))
    labels = ["|".join(parts) for parts in zip(*(data.labels(key) for key in keys), strict=True)]
    return data, post_stratify(plain, labels, counts)


def compare_weights(of: Held, want: dict[str, Any]) -> None:
    weights = of.design.weights
    for got, r in zip(weights, want["weights"], strict=True):
        of.to.same("weight", got, r)
    effect = len(weights) * (weights**2).sum() / weights.sum() ** 2
    found = {"sum": weights.sum(), "min": weights.min(), "max": weights.max()}
    found |= {"kish_deff": effect, "kish_neff": len(weights) / effect}
    for name in found.keys() & want.keys():
        of.to.same(name, float(found[name]), want[name])


def compare_figures(of: Held, want: dict[str, Any]) -> None:
    of.figures("mean", mean, want["mean"])
    if "by_stype" in want:
        of.figures("total", total, want["total_enroll"])
        of.figures("prop", mean, want["prop_awards"])
        of.by("by stype", mean, ["stype"], want["by_stype"], "api00")
        of.by("by sch.wide", mean, ["sch.wide"], want["by_sch_wide"], "api00")


def test_every_entry_is_compared(golden: dict[str, Any]) -> None:
    assert set(golden) - NOT_COMPARED == {*RAKED, *CALIBRATED, *POST_STRATIFIED, *TRIMMED}


@pytest.mark.parametrize("name", RAKED)
def test_raked_weights_are_those_of_r_and_so_are_errors_with_its_sweeps(
    reference_data: Path, golden: dict[str, Any], name: str
) -> None:
    data, _, swept = raked(reference_data, golden[name])
    of = Held(swept, data, Comparison())
    compare_weights(of, golden[name])
    compare_figures(of, golden[name])
    assert of.to.differ == []
    assert of.to.compared > 230


@pytest.mark.parametrize("name", RAKED)
def test_errors_after_raking_are_near_those_of_r_as_they_are(
    reference_data: Path, golden: dict[str, Any], name: str
) -> None:
    data, ours, _ = raked(reference_data, golden[name])
    for outcome in ("api00", "enroll"):
        figure = mean(ours, data.numbers(outcome))
        assert figure.se[0] == pytest.approx(golden[name]["mean"][outcome]["se"], rel=APART[name])


def test_a_margin_raked_to_has_no_error_left_where_r_leaves_rounding(
    reference_data: Path, golden: dict[str, Any]
) -> None:
    want = golden["rake_strat_3margins"]
    data, ours, _ = raked(reference_data, want)
    assert want["prop_awards"]["awardsYes"]["se"] > 1e-6
    assert mean(ours, data.outcome("awardsYes")).se[0] < 1e-12


MADE = [(name, calibrated) for name in CALIBRATED] + [(name, post_stratified) for name in POST_STRATIFIED]


@pytest.mark.parametrize(("name", "made"), MADE)
def test_calibrated_and_post_stratified_weights_and_errors_are_those_of_r(
    reference_data: Path, golden: dict[str, Any], name: str, made: Callable[..., Any]
) -> None:
    data, design = made(reference_data, golden[name])
    of = Held(design, data, Comparison())
    compare_weights(of, golden[name])
    compare_figures(of, golden[name])
    assert of.to.differ == []
    assert of.to.compared > 230


@pytest.mark.parametrize("name", TRIMMED)
def test_trimmed_weights_and_errors_are_those_of_r(
    reference_data: Path, golden: dict[str, Any], name: str
) -> None:
    want = golden[name]
    data, _, swept = raked(reference_data, golden[want["from"]])
    design = trim(swept, want.get("lower", 0.0), want["upper"], strict=want["strict"])
    of = Held(design, data, Comparison())
    compare_weights(of, want)
    compare_figures(of, want)
    assert of.to.differ == []


def test_weights_in_the_file_are_those_of_the_entries(reference_data: Path, golden: dict[str, Any]) -> None:
    file = Columns.read(reference_data / "golden/api_calibration_weights.csv")
    columns = {
        "rake2": raked(reference_data, golden[RAKED[0]])[1],
        "rake3": raked(reference_data, golden[RAKED[1]])[1],
        "poststrat": post_stratified(reference_data, golden[POST_STRATIFIED[0]])[1],
        "poststrat_x": post_stratified(reference_data, golden[POST_STRATIFIED[1]])[1],
        "cal_linear": calibrated(reference_data, golden[CALIBRATED[0]])[1],
        "cal_linear_api99": calibrated(reference_data, golden[CALIBRATED[1]])[1],
        "cal_raking_api99": calibrated(reference_data, golden[CALIBRATED[2]])[1],
        "cal_logit": calibrated(reference_data, golden[CALIBRATED[4]])[1],
        "cal_linear_bounded": calibrated(reference_data, golden[CALIBRATED[5]])[1],
    }
    assert set(file.rows[0]) == {*columns, "row", "cds", "pw"}
    for name, design in columns.items():
        assert design.weights == pytest.approx(file.numbers(name), rel=1e-8), name


def test_r_by_its_default_had_not_converged(reference_data: Path, golden: dict[str, Any]) -> None:
    want = golden["rake_clus1_R_default_control"]
    _, ours, _ = raked(reference_data, golden[RAKED[0]])
    apart = np.abs(ours.weights - np.array(want["weights"])).max()
    assert apart == pytest.approx(want["max_abs_diff_vs_converged"], rel=1e-6)


def test_a_difference_of_calibrated_domains_keeps_their_covariance(
    reference_data: Path, golden: dict[str, Any]
) -> None:
    data, design = calibrated(reference_data, golden["calibrate_linear_stype"])
    of = Held(design, data, Comparison())
    difference: Linearised = of.difference("api00", "stype", {"E": 1, "H": -1})
    apart = [mean(design.only(here), data.numbers("api00")).se[0] for here in data.domains("stype").values()]
    assert difference.se[0] < np.hypot(apart[0], apart[1])
