"""The variance of a sum under each kind of design is the textbook's."""

from __future__ import annotations

import numpy as np
import pytest

from services.survey.designs import CannotEstimate, Lonely, design_of, drawn, drawn_alone
from services.survey.linearised import mean, total
from services.survey.variances import covariance

Y = np.array([1.0, 4.0, 2.0, 7.0, 3.0, 9.0])
STRATA = np.array([0, 0, 0, 1, 1, 1])


def test_simple_random_sampling_gives_s_squared_over_n_less_what_was_drawn() -> None:
    design = design_of(drawn_alone(6, None, 20))
    assert mean(design, Y).se[0] ** 2 == pytest.approx(Y.var(ddof=1) / 6 * (1 - 6 / 20))


def test_strata_add_up() -> None:
    design = design_of(drawn_alone(6, STRATA, np.array([9.0] * 3 + [12.0] * 3)))
    parts = [9**2 * Y[:3].var(ddof=1) / 3 * (1 - 3 / 9), 12**2 * Y[3:].var(ddof=1) / 3 * (1 - 3 / 12)]
    assert total(design, Y).se[0] ** 2 == pytest.approx(sum(parts))


def test_clusters_vary_by_their_totals() -> None:
    design = design_of(drawn([np.array([0, 0, 1, 1, 2, 2])]), np.full(6, 2.0))
    sums = 2 * Y.reshape(3, 2).sum(axis=1)
    assert total(design, Y).se[0] ** 2 == pytest.approx(3 * sums.var(ddof=1))


def test_a_second_stage_counts_by_the_fraction_of_the_first() -> None:
    clusters = np.array([0, 0, 0, 1, 1, 1])
    design = design_of(drawn([clusters, np.tile([1, 2, 3], 2)], None, [4, np.full(6, 5.0)]))
    sums = 4 / 2 * 5 / 3 * Y.reshape(2, 3).sum(axis=1)
    first = (1 - 2 / 4) * 2 * sums.var(ddof=1)
    within = [(4 / 2) ** 2 * 5**2 * part.var(ddof=1) / 3 * (1 - 3 / 5) for part in (Y[:3], Y[3:])]
    assert total(design, Y).se[0] ** 2 == pytest.approx(first + 2 / 4 * sum(within))


def test_a_census_has_no_error() -> None:
    assert mean(design_of(drawn_alone(6, None, 6)), Y).se[0] == 0


def test_figures_of_one_sample_have_the_covariance_of_their_sums() -> None:
    design = design_of(drawn_alone(6), np.ones(6))
    both = np.column_stack([Y, Y[::-1]])
    assert covariance(design, both) == pytest.approx(6 * np.cov(both.T))


def test_a_lonely_unit_without_a_rule_is_refused() -> None:
    design = design_of(drawn_alone(6, np.array([0, 0, 0, 0, 0, 1])), np.ones(6))
    with pytest.raises(CannotEstimate, match="only one unit"):
        _ = mean(design, Y).se


def test_a_unit_that_is_its_whole_stratum_is_not_lonely() -> None:
    population = np.array([10.0] * 5 + [1.0])
    design = design_of(drawn_alone(6, np.array([0, 0, 0, 0, 0, 1]), population))
    assert total(design, Y).se[0] ** 2 == pytest.approx(10**2 * Y[:5].var(ddof=1) / 5 * (1 - 5 / 10))


@pytest.mark.parametrize("rule", ["remove", "average", "adjust"])
def test_one_unit_alone_cannot_tell_its_error_by_any_rule(rule: Lonely) -> None:
    design = design_of(drawn([np.zeros(6)]), np.ones(6), rule)
    assert mean(design, Y).value[0] == pytest.approx(Y.mean())
    assert np.isnan(mean(design, Y).se[0])
    assert np.isnan(np.concatenate(mean(design, Y).interval())).all()


def test_the_average_rule_knows_nothing_where_every_unit_is_lonely() -> None:
    design = design_of(drawn_alone(6, np.arange(6)), np.ones(6), "average")
    assert np.isnan(total(design, Y).se[0])


def test_a_lonely_unit_below_the_first_stage_cannot_be_averaged() -> None:
    clusters = np.array([0, 0, 0, 1, 1, 2])
    stages = drawn([clusters, np.arange(6)], None, [9, np.full(6, 9.0)])
    assert np.isnan(total(design_of(stages, lonely="average"), Y).se[0])
    assert total(design_of(stages, lonely="remove"), Y).se[0] > 0
