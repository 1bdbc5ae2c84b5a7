"""Tallies are exact sums: any history of adding and taking away gives what counting anew gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.answers import AnswerSet
from services.survey.tallies import SCALE, Tallies, tally


def made_up(seed: int, units: int = 12, items: int = 3) -> AnswerSet:
    """Answers of units with one to four answers each, some of them missing."""
    rng = np.random.default_rng(seed)
    of_unit = np.repeat(np.arange(units), rng.integers(1, 5, units))
    cell_of_unit = rng.integers(0, 4, units)
    values = rng.integers(1, 6, (len(of_unit), items)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    order = rng.permutation(len(of_unit))
    return AnswerSet(
        items=tuple(f"i{i}" for i in range(items)),
        values=values[order],
        cells=cell_of_unit[of_unit][order],
        cell_keys=tuple((str(c),) for c in range(4)),
        units=of_unit[order],
        ids=tuple(f"a{i}" for i in order),
        seqs=np.arange(1, len(order) + 1),
    )


def only(answers: AnswerSet, units: set[int]) -> AnswerSet:
    chosen = np.isin(answers.units, list(units))
    return replace(
        answers,
        values=answers.values[chosen],
        cells=answers.cells[chosen],
        units=answers.units[chosen],
        ids=tuple(name for name, kept in zip(answers.ids, chosen, strict=True) if kept),
        seqs=answers.seqs[chosen],
    )


def same(left: Tallies, right: Tallies) -> bool:
    return (
        left.cell_keys == right.cell_keys
        and bool((left.counts == right.counts).all())
        and bool((left.sums == right.sums).all())
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_any_history_of_coming_and_going_equals_counting_anew(
    seed: int, first: set[int], gone: set[int]
) -> None:
    answers = made_up(seed)
    everyone = set(range(12))
    history = (
        tally(only(answers, first)) + tally(only(answers, everyone - first)) - tally(only(answers, gone))
    )
    assert same(history, tally(only(answers, everyone - gone)))


def test_the_order_of_answers_does_not_matter() -> None:
    answers = made_up(5)
    turned = np.arange(len(answers.ids))[::-1]
    shuffled = replace(
        answers, values=answers.values[turned], cells=answers.cells[turned], units=answers.units[turned],
        ids=answers.ids[::-1], seqs=answers.seqs[turned],
    )  # fmt: skip
    for name in ("units", "y", "yy", "yyy", "within", "spare", "inverse"):
        assert (tally(answers).exact(name) == tally(shuffled).exact(name)).all()


def test_the_value_of_an_organisation_is_the_mean_of_its_answers() -> None:
    answers = AnswerSet(
        items=("i",),
        values=np.array([[1.0], [2.0], [2.0], [5.0], [np.nan]]),
        cells=np.zeros(5, dtype=np.int64),
        cell_keys=(("c",),),
        units=np.array([0, 0, 0, 1, 2]),
        ids=tuple("abcde"),
        seqs=np.arange(1, 6),
    )
    made = tally(answers)
    assert made.counts.tolist() == [3]
    assert made.moment("units")[0, 0] == 2
    assert made.moment("y")[0, 0] == pytest.approx(5 / 3 + 5, abs=1e-12)
    assert made.moment("yy")[0, 0] == pytest.approx((5 / 3) ** 2 + 25, abs=1e-12)
    assert made.moment("within")[0, 0] == pytest.approx(2 / 3, abs=1e-12)
    assert made.moment("spare")[0, 0] == 2
    assert made.moment("inverse")[0, 0] == pytest.approx(1 / 3 + 1)


def test_means_of_up_to_sixteen_whole_answers_are_kept_exactly() -> None:
    assert all(SCALE % n == 0 for n in range(1, 17))


def test_no_answers_make_empty_tallies() -> None:
    empty = tally(only(made_up(1), set()))
    assert empty.cell_keys == ()
    assert same(empty + tally(made_up(1)), tally(made_up(1)))


def test_tallies_of_different_items_do_not_mix() -> None:
    with pytest.raises(ValueError, match="different items"):
        tally(made_up(1)) + tally(made_up(1, items=2))
