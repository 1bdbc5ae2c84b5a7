"""Weights are cut to their bounds as R's survey package cuts them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.survey.rounds import Trim
from services.survey.trimming import trim_weights
from services.survey.weighting import rake
from tests.survey.test_golden import frame_of_margins, read, slug


@given(
    st.lists(st.tuples(st.floats(0.01, 1000), st.integers(1, 50)), min_size=1, max_size=30),
    st.floats(0, 0.9),
    st.floats(1.1, 5),
)
def test_the_total_stays_and_nothing_is_beyond_the_bounds(
    groups: list[tuple[float, int]], lower: float, upper: float
) -> None:
    weights, counts = np.array([w for w, _ in groups]), np.array([n for _, n in groups])
    mean = weights @ counts / counts.sum()
    new, cut = trim_weights(weights, counts, (lower * mean, upper * mean))
    assert new @ counts == pytest.approx(weights @ counts, rel=1e-9)
    assert np.all(new >= lower * mean * (1 - 1e-9))
    assert np.all(new <= upper * mean * (1 + 1e-9))
    assert cut[(weights < lower * mean * 0.99) | (weights > upper * mean * 1.01)].all()


def test_what_is_cut_is_shared_in_equal_parts_by_all_units_within() -> None:
    new, cut = trim_weights(np.array([10.0, 1.0, 2.0]), np.array([1, 2, 1]), (0, 7))
    assert new.tolist() == [7, 2, 3]
    assert cut.tolist() == [True, False, False]


def test_where_all_are_beyond_a_bound_all_share() -> None:
    new, _ = trim_weights(np.array([0.2, 0.2, 2.6]), np.ones(3, dtype=np.int64), (0.5, 1.5))
    assert new == pytest.approx([0.75, 0.75, 1.5])


@pytest.mark.reference
@pytest.mark.parametrize("case", ["trim_after_rake3_20_60_strict", "trim_after_rake3_upper50_nonstrict"])
def test_trimmed_weights_and_means_are_those_of_r(reference_data: Path, case: str) -> None:
    everything = json.loads((reference_data / "golden/api_calibration.json").read_text())
    golden = everything[case]
    raked = everything[golden["from"]]
    rows = read(reference_data / "golden" / golden["csv"])
    keys = [tuple(slug(row[dimension]) for dimension in raked["margins"]) for row in rows]
    cell_keys = sorted(set(keys))
    of_row = [cell_keys.index(key) for key in keys]
    base = np.zeros(len(cell_keys))
    base[of_row] = raked["base_weights"]
    frame = frame_of_margins(raked["margins"])
    mean = frame.size / len(rows)
    trim = Trim(upper=golden["upper"] / mean, lower=golden.get("lower", 0) / mean)
    weights = rake(frame, cell_keys, np.bincount(of_row), base, trim)
    w = weights.cell[of_row]
    assert w == pytest.approx(golden["weights"], rel=1e-9)
    api00 = np.array([float(row["api00"]) for row in rows])
    assert w @ api00 / w.sum() == pytest.approx(golden["mean"]["api00"]["est"], rel=1e-8)
