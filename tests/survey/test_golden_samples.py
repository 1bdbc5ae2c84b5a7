"""The figures of nhanes, hospital, mu284, fpc and the rules for lonely units equal R's to 1e-8.

Not compared: `scd` and `replicates`, which rest on replicate weights (none here) and on files that are not in
the reference data, and what golden.NOT_SUPPORTED says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.survey.designs import Design, Lonely, design_of, drawn, drawn_alone
from services.survey.linearised import mean, total
from tests.survey.golden import Columns, Comparison, Held, read_golden

pytestmark = pytest.mark.reference

RULES: dict[str, Lonely] = {
    "remove": "remove",
    "certainty": "certainty",
    "average": "average",
    "adjust": "adjust",
}


@pytest.fixture(scope="module")
def golden(reference_data: Path) -> dict[str, Any]:
    return read_golden(reference_data, "other_estimates.json")


def read(folder: Path, name: str) -> Columns:
    return Columns.read(folder / "golden" / name)


def test_everything_else_in_the_file_is_about_replicate_weights(golden: dict[str, Any]) -> None:
    compared = {"nhanes", "hospital", "mu284", "fpc_withoutfpc", "fpc_withfpc", "lonely_psu"}
    assert set(golden) - compared == {"about", "scd", "replicates"}


def test_nhanes_with_clusters_numbered_within_strata(reference_data: Path, golden: dict[str, Any]) -> None:
    want, data = golden["nhanes"], read(reference_data, "nhanes.csv")
    stages = drawn([data.labels("SDMVPSU")], data.labels("SDMVSTRA"), nested=True)
    of = Held(design_of(stages, data.numbers("WTMEC2YR")), data, Comparison(), keeps_missing=True)
    assert of.design.degrees == want["degf"]
    of.figures("mean", mean, want["mean_HI_CHOL"])
    of.figures("prop", mean, want["prop_agecat"])
    of.by("race", mean, ["race"], want["by_race"], "HI_CHOL")
    of.by("race and age", mean, ["race", "agecat"], want["by_race_agecat"], "HI_CHOL")
    of.by("total by age", total, ["agecat"], want["total_by_agecat"], "HI_CHOL")
    of.intervals("interval", data.numbers("HI_CHOL"), want["ciprop"])
    of.independence("race", ("HI_CHOL", "race"), want["chisq_hichol_race"])
    of.independence("age", ("HI_CHOL", "agecat"), want["chisq_hichol_agecat"])
    assert of.to.differ == []
    assert of.to.compared > 230


def test_hospital_strata_with_finite_populations(reference_data: Path, golden: dict[str, Any]) -> None:
    want, data = golden["hospital"], read(reference_data, "hospital.csv")
    stages = drawn([data.labels("hospno")], data.labels("oblevel"), [data.numbers("tothosp")])
    of = Held(design_of(stages, data.numbers("weighta")), data, Comparison())
    assert of.design.degrees == want["degf"]
    of.figures("total", total, want["total_births"])
    of.figures("mean", mean, want["mean_births"])
    of.by("level", total, ["oblevel"], want["by_oblevel"], "births")
    assert of.to.differ == []


def test_mu284_two_stages_that_weigh_by_their_fractions(reference_data: Path, golden: dict[str, Any]) -> None:
    data = read(reference_data, "mu284.csv")
    populations = [data.numbers("n1"), data.numbers("n2")]
    of = Held(
        design_of(drawn([data.labels("id1"), data.labels("id2")], None, populations)), data, Comparison()
    )
    of.figures("total", total, golden["mu284"]["total_y1"])
    of.figures("mean", mean, golden["mu284"]["mean_y1"])
    assert of.to.differ == []


@pytest.mark.parametrize("name", ["fpc_withoutfpc", "fpc_withfpc"])
def test_finite_populations_make_the_error_smaller(
    reference_data: Path, golden: dict[str, Any], name: str
) -> None:
    data = read(reference_data, "fpc.csv")
    population = data.numbers("Nh") if name == "fpc_withfpc" else None
    stages = drawn_alone(len(data), data.labels("stratid"), population)
    of = Held(design_of(stages, data.numbers("weight")), data, Comparison())
    of.figures("mean", mean, golden[name]["mean_x"])
    of.figures("total", total, golden[name]["total_x"])
    assert of.to.differ == []


@pytest.mark.parametrize("rule", RULES)
def test_a_lonely_unit_counts_by_the_rule(reference_data: Path, golden: dict[str, Any], rule: str) -> None:
    data = read(reference_data, "lonely_psu.csv")
    stages = drawn([data.labels("psu")], data.labels("stratum"))
    design: Design = design_of(stages, data.numbers("w"), RULES[rule])
    of = Held(design, data, Comparison())
    of.figures("mean", mean, golden["lonely_psu"][rule]["mean"])
    of.figures("total", total, golden["lonely_psu"][rule]["total"])
    assert of.to.differ == []
    assert set(golden["lonely_psu"]) == set(RULES)
