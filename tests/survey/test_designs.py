"""A design says how rows were drawn; what it cannot be is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from services.survey.designs import CannotEstimate, design_of, drawn, drawn_alone

TWO = np.array(["a", "a", "b", "b"])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_a_weight_that_is_no_number_above_zero_is_refused_and_its_row_named(bad: float) -> None:
    with pytest.raises(CannotEstimate, match="row 3"):
        design_of(drawn_alone(4), [1.0, 2.0, bad, 1.0])


def test_no_rows_are_no_sample() -> None:
    with pytest.raises(CannotEstimate, match="no rows"):
        design_of((), [])


def test_clusters_count_within_strata_where_they_are_nested_and_may_not_span_them() -> None:
    labels = np.array([1, 2, 1, 2])
    with pytest.raises(CannotEstimate, match="more than one stratum"):
        drawn([labels], TWO)
    (stage,) = drawn([labels], TWO, nested=True)
    assert len(np.unique(stage.unit)) == 4
    assert stage.drawn.tolist() == [2, 2]


def test_degrees_of_freedom_are_units_less_strata_of_the_domain() -> None:
    design = design_of(drawn([np.array([1, 1, 2, 3, 4, 5])], np.array([0, 0, 0, 1, 1, 1])), np.ones(6))
    assert design.degrees == 3
    assert design.only(np.array([True, True, True, False, False, False])).degrees == 1
    assert design.only(np.array([True, True, False, False, False, True])).degrees == 0


def test_a_domain_of_a_domain_is_in_both() -> None:
    design = design_of(drawn_alone(4), np.ones(4))
    twice = design.only(np.array([True, True, False, False])).only(np.array([False, True, True, False]))
    assert twice.counted.tolist() == [0, 1, 0, 0]
    assert twice.weights.tolist() == [1, 1, 1, 1]


def test_rows_weigh_the_inverse_of_their_fractions_at_every_stage() -> None:
    stages = drawn([TWO, np.arange(4)], None, [10, np.array([4, 4, 6, 6])])
    assert design_of(stages).weights.tolist() == [10, 10, 15, 15]


def test_without_weights_the_size_of_the_population_must_be_known() -> None:
    with pytest.raises(CannotEstimate, match="Weights are needed"):
        design_of(drawn_alone(4))


def test_no_more_can_be_drawn_than_there_is() -> None:
    with pytest.raises(CannotEstimate, match="stage 1 more units were drawn"):
        drawn_alone(4, None, 3)


@pytest.mark.parametrize("population", [np.array([5.0, 6, 5, 5]), np.array([5.0, np.nan, 5, 5])])
def test_the_population_of_a_stratum_is_one_number(population: np.ndarray) -> None:
    with pytest.raises(CannotEstimate, match="missing or differs"):
        drawn_alone(4, None, population)


def test_a_row_without_its_cluster_or_stratum_is_refused() -> None:
    missing = np.array([1.0, np.nan, 2.0, 3.0])
    with pytest.raises(CannotEstimate, match="Row 2 does not say its cluster"):
        drawn([missing])
    with pytest.raises(CannotEstimate, match="Row 2 does not say its stratum"):
        drawn_alone(4, missing)
