"""Tests of independence allow for the design; tables that cannot be tested are refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import chdtrc

from services.survey.contingency import Statistic, Table, independence, table
from services.survey.designs import CannotEstimate, Design, design_of, drawn, drawn_alone
from services.survey.linearised import indicators

STATISTICS: list[Statistic] = ["f", "chisq", "wald", "adjusted_wald"]


def tabled(design: Design, rows: np.ndarray, columns: np.ndarray) -> Table:
    return table(design, indicators(rows, sorted(set(rows))), indicators(columns, sorted(set(columns))))


def simple(seed: int, related: float) -> Table:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2, 400)
    columns = np.where(rng.random(400) < related, rows, rng.integers(0, 3, 400))
    return tabled(design_of(drawn_alone(400), np.ones(400)), rows, columns)


def test_a_simple_sample_gives_pearsons_test() -> None:
    found = simple(1, 0.1)
    got = independence(found, "chisq")
    observed = found.shares.value.reshape(found.shape) * 400
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / 400
    pearson = ((observed - expected) ** 2 / expected).sum()
    assert got.statistic == pytest.approx(pearson)
    assert got.p == pytest.approx(chdtrc(2, pearson), rel=0.2)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_related_sides_are_told_from_independent_ones(statistic: Statistic) -> None:
    assert independence(simple(2, 0.5), statistic).p < 1e-6
    assert independence(simple(2, 0.0), statistic).p > 0.05


@pytest.mark.parametrize("statistic", STATISTICS)
def test_clusters_that_answer_alike_do_not_look_like_an_association(statistic: Statistic) -> None:
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(40), 10)
    rows, columns = rng.integers(0, 2, 40)[clusters], rng.integers(0, 2, 40)[clusters]
    naive = independence(tabled(design_of(drawn_alone(400), np.ones(400)), rows, columns), statistic)
    honest = independence(tabled(design_of(drawn([clusters]), np.ones(400)), rows, columns), statistic)
    assert honest.p > 3 * naive.p
    assert honest.statistic < 0.3 * naive.statistic or statistic == "chisq"
    assert honest.degrees[-1] < naive.degrees[-1] or statistic == "chisq"


def test_shares_of_a_unit_count_as_shares() -> None:
    whole = design_of(drawn_alone(4), np.ones(4))
    halves = np.array([[0.5, 0.5], [1, 0], [0, 1], [0.5, 0.5]])
    found = table(whole, halves, np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]]))
    assert found.shares.value.reshape(2, 2) == pytest.approx(np.array([[1.5, 0.5], [0.5, 1.5]]) / 4)
    assert found.units.tolist() == [[2, 1], [1, 2]]


def test_rows_without_an_answer_and_empty_categories_are_left_out() -> None:
    rows = np.array(["a", "b", "a", "b", "", "a"], dtype=object)
    columns = np.array(["x", "x", "y", "y", "x", "y"], dtype=object)
    design = design_of(drawn_alone(6), np.ones(6))
    found = table(design, indicators(rows, ["a", "b", "c"]), indicators(columns, ["x", "y", "z"]))
    assert found.shape == (2, 2)
    assert found.design.degrees == 4


def test_one_category_is_nothing_to_test() -> None:
    design = design_of(drawn_alone(4), np.ones(4))
    with pytest.raises(CannotEstimate, match="two categories"):
        tabled(design, np.array(["a"] * 4), np.array(["x", "y", "x", "y"]))
    with pytest.raises(CannotEstimate, match="two categories"):
        table(design, np.full((4, 2), np.nan), np.full((4, 2), np.nan))


@pytest.mark.parametrize("statistic", STATISTICS)
def test_one_cluster_is_refused(statistic: Statistic) -> None:
    design = design_of(drawn([np.zeros(4)]), np.ones(4), "remove")
    with pytest.raises(CannotEstimate, match="One unit"):
        independence(tabled(design, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])), statistic)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_census_leaves_nothing_to_test(statistic: Statistic) -> None:
    found = tabled(design_of(drawn_alone(4, None, 4)), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    with pytest.raises(CannotEstimate, match="no error"):
        independence(found, statistic)


def test_more_cells_than_units_is_refused_by_wald() -> None:
    design = design_of(drawn([np.repeat([0, 1, 2], 12)]), np.ones(36))
    rows, columns = np.tile([0, 1, 2], 12), np.repeat(np.tile([0, 1, 2], 4), 3)
    with pytest.raises(CannotEstimate, match="fewer units than cells"):
        independence(tabled(design, rows, columns), "adjusted_wald")


def test_too_many_empty_cells_are_refused() -> None:
    design = design_of(drawn_alone(9), np.ones(9))
    same = np.tile([0, 1, 2], 3)
    with pytest.raises(CannotEstimate, match="empty"):
        independence(tabled(design, same, same), "f")
