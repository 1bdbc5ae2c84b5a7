"""Estimates of the api samples under every design equal R's to 1e-8.

Not compared: regressions (`lm_api00`, `logit_schwide`), which the product does not have, and what
golden.NOT_SUPPORTED says; `naive_wrong_if_filtered_before_design` is R's figure of a mistake, shown to differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

from services.survey.designs import Design, design_of, drawn, drawn_alone
from services.survey.linearised import mean, ratio, total, variance
from tests.survey.golden import Columns, Comparison, Held, Kind, read_golden

pytestmark = pytest.mark.reference

REGRESSIONS = {"lm_api00", "logit_schwide"}
ABOUT = {"design", "csv", "label"}


def stratified(data: Columns) -> Design:
    return design_of(drawn_alone(len(data), data.labels("stype"), data.numbers("fpc")), data.numbers("pw"))


def clustered(data: Columns) -> Design:
    return design_of(drawn([data.labels("dnum")], None, [data.numbers("fpc")]), data.numbers("pw"))


DESIGNS: dict[str, Callable[[Columns], Design]] = {
    "strat": stratified,
    "strat_nofpc": lambda d: design_of(drawn_alone(len(d), d.labels("stype")), d.numbers("pw")),
    "weights_only": lambda d: design_of(drawn_alone(len(d)), d.numbers("pw")),
    "clus1": clustered,
    "clus1_nofpc": lambda d: design_of(drawn([d.labels("dnum")]), d.numbers("pw")),
    "clus2_fpc": lambda d: design_of(
        drawn([d.labels("dnum"), d.labels("snum")], None, [d.numbers("fpc1"), d.numbers("fpc2")])
    ),
    "clus2_nofpc": lambda d: design_of(drawn([d.labels("dnum"), d.labels("snum")]), d.numbers("pw")),
    "srs": lambda d: design_of(drawn_alone(len(d), None, d.numbers("fpc"))),
}


@pytest.fixture(scope="module")
def api(reference_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_golden(reference_data, "api_estimates.json")["designs"]
    return found


def held(folder: Path, api: dict[str, Any], name: str) -> Held:
    data = Columns.read(folder / "golden" / api[name].get("csv", "apiclus1.csv"))
    return Held(DESIGNS[name](data), data, Comparison())


Comparer = Callable[[Held, str, Any], None]


def figures(kind: Kind) -> Comparer:
    return lambda of, name, want: of.figures(name, kind, want)


def domains(kind: Kind, *factors: str, y: str = "") -> Comparer:
    return lambda of, name, want: of.by(name, kind, factors, want, y)


def association(rows: str) -> Comparer:
    return lambda of, name, want: of.independence(name, (rows, "stype"), want)


def compare_ratio(of: Held, name: str, want: Any) -> None:
    figure = ratio(of.design, of.data.numbers("api.stu"), of.data.numbers("enroll"))
    of.to.figure(name, figure, {**want, "df": of.design.degrees})


def compare_weights(of: Held, name: str, want: Any) -> None:
    for got, r in zip(of.design.weights, want, strict=True):
        of.to.same(name, got, r)


COMPARED: dict[str, Comparer] = {
    "degf": lambda of, name, want: of.to.same(name, of.design.degrees, want),
    "n": lambda of, name, want: of.to.same(name, len(of.data), want),
    "sum_weights": lambda of, name, want: of.to.same(name, of.design.weights.sum(), want),
    "weights": compare_weights,
    "mean": figures(mean),
    "mean_num": figures(mean),
    "mean_na_rm_target": figures(mean),
    "prop": figures(mean),
    "prop_stype": figures(mean),
    "prop_sch_wide": figures(mean),
    "total_num": figures(total),
    "total_stype": figures(total),
    "total_enroll": figures(total),
    "ciprop_sch_wide_yes": lambda of, name, want: of.intervals(name, of.data.outcome("sch.wideYes"), want),
    "ratio_apistu_enroll": compare_ratio,
    "var_api00": lambda of, name, want: of.to.figure(
        name, variance(of.design, of.data.numbers("api00")), want
    ),
    "quantile_api00": lambda of, name, want: of.quantiles(name, "api00", want),
    "by_stype": domains(mean, "stype", y="api00"),
    "by_stype_mean": domains(mean, "stype"),
    "by_stype_total_enroll": domains(total, "stype", y="enroll"),
    "by_stype_prop_sch_wide": domains(mean, "stype"),
    "by_stype_x_awards_mean_api00": domains(mean, "stype", "awards", y="api00"),
    "by_comp_imp_na_rm_target": domains(mean, "comp.imp", y="target"),
    "chisq": association("sch.wide"),
    "chisq_sch_wide_stype": association("sch.wide"),
    "chisq_comp_imp_stype": association("comp.imp"),
    "ttest_api00_comp_imp": lambda of, _, want: compare_difference(of, want),
    "contrast_E_minus_H_api00": lambda of, name, want: of.to.figure(
        name, of.difference("api00", "stype", {"E": 1, "H": -1}), want
    ),
}


def compare_difference(of: Held, want: dict[str, Any]) -> None:
    found = of.difference("api00", "comp.imp", {"Yes": 1, "No": -1})
    degrees = of.design.degrees - 1
    t = float(found.value[0] / found.se[0])
    of.to.same("difference", float(found.value[0]), want["diff"])
    of.to.same("difference t", t, want["t"])
    of.to.same("difference df", degrees, want["df"])
    of.to.same("difference p", 2 * float(stdtr(degrees, -abs(t))), want["p"])
    for bound, r in zip(found.interval(degrees=degrees), want["ci"], strict=True):
        of.to.same("difference interval", float(bound[0]), r)


@pytest.mark.parametrize("name", DESIGNS)
def test_every_figure_of_a_design_is_that_of_r(reference_data: Path, api: dict[str, Any], name: str) -> None:
    of = held(reference_data, api, name)
    for entry, compare in COMPARED.items():
        if entry in api[name]:
            compare(of, entry, api[name][entry])
    assert of.to.differ == []
    assert set(api[name]) <= set(COMPARED) | ABOUT | REGRESSIONS
    assert of.to.compared > (15 if "clus2" in name or name == "srs" else 250)


def test_a_domain_keeps_the_whole_design(reference_data: Path, api: dict[str, Any]) -> None:
    golden = api["clus1_subset_comp_imp_yes"]
    whole = held(reference_data, api, "clus1")
    here = whole.data.labels("comp.imp") == "Yes"
    of = Held(whole.design.only(here), whole.data, Comparison())
    assert of.design.degrees == golden["degf"]
    of.figures("mean", mean, golden["mean"])
    of.figures("total", total, golden["total"])
    assert of.to.differ == []
    filtered = Columns([row for row, kept in zip(whole.data.rows, here, strict=True) if kept])
    wrong = golden["naive_wrong_if_filtered_before_design"]["api00"]
    naive = mean(clustered(filtered), filtered.numbers("api00"))
    assert naive.se[0] == pytest.approx(wrong["se"], rel=1e-8)
    assert not math.isclose(wrong["se"], golden["mean"]["api00"]["se"], rel_tol=1e-3)


def test_student_and_normal_intervals_are_told_apart(reference_data: Path, api: dict[str, Any]) -> None:
    of = held(reference_data, api, "clus1")
    low, high = mean(of.design, of.data.numbers("api00")).interval()
    se = mean(of.design, of.data.numbers("api00")).se
    assert (high - low) / (2 * se) == pytest.approx(stdtrit(14, 0.975))
    assert np.isfinite(low).all()
