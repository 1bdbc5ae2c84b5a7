"""Layers are exact: any history of answers, corrections and erasures gives what counting anew gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.answers import AnswerSet
from services.survey.counting import count, tally
from services.survey.layers import LIVE, Layer, Layers, no_layers
from services.survey.tallies import SCALE, Tallies, scale_of

KEY = b"key"


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


def only(answers: AnswerSet, chosen: np.ndarray) -> AnswerSet:
    return replace(
        answers,
        values=answers.values[chosen],
        cells=answers.cells[chosen],
        units=answers.units[chosen],
        ids=tuple(name for name, kept in zip(answers.ids, chosen, strict=True) if kept),
        seqs=answers.seqs[chosen],
    )


def of_units(answers: AnswerSet, units: set[int]) -> AnswerSet:
    return only(answers, np.isin(answers.units, list(units)))


def same(left: Tallies, right: Tallies) -> bool:
    return (
        left.cell_keys == right.cell_keys
        and bool((left.counts == right.counts).all())
        and left.sums.equals(right.sums)
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_tallies_added_and_taken_away_equal_counting_anew(seed: int, first: set[int], gone: set[int]) -> None:
    answers = made_up(seed)
    everyone = set(range(12))
    history = (
        tally(of_units(answers, first))
        + tally(of_units(answers, everyone - first))
        - tally(of_units(answers, gone))
    )
    assert same(history, tally(of_units(answers, everyone - gone)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 9), max_size=4), st.integers(0, 2**30))
def test_any_history_of_answers_corrections_and_erasures_equals_a_rebuild(
    seed: int, steps: list[int], dice: int
) -> None:
    """Units come back with new answers (corrections), releases go by, single answers are erased."""
    answers, rng = made_up(seed), np.random.default_rng(dice)
    total = len(answers.ids)
    marks = sorted({min(sum(steps[: n + 1]) * 2, total) for n in range(len(steps))})
    kept = np.zeros(total, dtype=bool)
    layers = no_layers(answers.items, answers.scales)
    for low, high in zip([0, *marks], [*marks, total], strict=True):
        known = [mark for mark in marks if mark <= low]
        for chosen in np.array_split(np.arange(low, high), 3):
            layers, kept = folded(answers, layers, kept, chosen, True, known)
        erased = np.flatnonzero(kept & (rng.random(total) < 0.15))
        layers, kept = folded(answers, layers, kept, erased, False, known)
    assert layers.same(count(only(answers, kept), marks, KEY))


def folded(
    answers: AnswerSet, layers: Layers, kept: np.ndarray, chosen: np.ndarray, coming: bool, marks: list[int]
) -> tuple[Layers, np.ndarray]:
    """Take the units that are touched out as they were, and in again as they are."""
    touched = np.isin(answers.units, answers.units[chosen])
    after = kept.copy()
    after[chosen] = coming
    before = count(only(answers, kept & touched), marks, KEY)
    return layers - before + count(only(answers, after & touched), marks, KEY), after


def test_a_correction_moves_a_value_to_the_step_of_its_last_answer() -> None:
    answers = AnswerSet(
        items=("i", "j"),
        values=np.array([[1.0, 2.0], [3.0, np.nan]]),
        cells=np.zeros(2, dtype=np.int64),
        cell_keys=(("c",),),
        units=np.zeros(2, dtype=np.int64),
        ids=("a", "b"),
        seqs=np.array([1, 2]),
    )
    layers = count(answers, [1])
    assert layers.keys == (Layer(("c",), 0, 1), Layer(("c",), 0, LIVE), Layer(("c",), 1, LIVE))
    assert layers.replaced()[Layer(("c",), 0, 1)].tolist() == [1, 0]
    assert layers.arrived.tolist() == [0, 1, 0]
    assert layers.newest.tolist() == [0, 0, 1]
    assert layers.live().moment("y").tolist() == [[2.0, 2.0]]
    assert layers.live(since=1).moment("units").tolist() == [[1.0, 0.0]]
    assert (layers.units, layers.units_since(1)) == (1, 1)


def test_the_order_of_answers_does_not_matter() -> None:
    answers = made_up(5)
    turned = np.arange(len(answers.ids))[::-1]
    shuffled = replace(
        answers, values=answers.values[turned], cells=answers.cells[turned], units=answers.units[turned],
        ids=answers.ids[::-1], seqs=answers.seqs[turned],
    )  # fmt: skip
    assert (tally(answers).sums.digits[:, :7] == tally(shuffled).sums.digits[:, :7]).all()


def test_a_seal_changes_with_any_answer_and_only_with_those_it_is_about() -> None:
    answers = made_up(3)
    changed = replace(answers, values=answers.values.copy())
    changed.values[5] = changed.values[5] + 1
    cell = answers.cell_keys[answers.cells[5]]
    before, after = count(answers, [], KEY), count(changed, [], KEY)
    assert before.seal(KEY, "x", lambda key: key == cell, 1) != after.seal(
        KEY, "x", lambda key: key == cell, 1
    )
    assert before.seal(KEY, "x", lambda key: key != cell, 1) == after.seal(
        KEY, "x", lambda key: key != cell, 1
    )
    assert before.seal(KEY, "x", lambda _: True, 1) != before.seal(KEY, "y", lambda _: True, 1)
    assert before.seal(b"other", "x", lambda _: True, 1) != before.seal(KEY, "x", lambda _: True, 1)


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
    assert made.moment("yyy")[0, 0] == pytest.approx((5 / 3) ** 3 + 125, abs=1e-12)
    assert made.moment("within")[0, 0] == pytest.approx(2 / 3, abs=1e-12)
    assert made.moment("spare")[0, 0] == 2
    assert made.moment("inverse")[0, 0] == pytest.approx(1 / 3 + 1)


def test_values_up_to_a_billion_are_summed_exactly() -> None:
    answers = replace(made_up(1, units=400, items=1), scaling=(scale_of(-1e9, 1e9),), erased=())
    answers = replace(answers, values=np.full_like(answers.values, -1e9))
    made = tally(answers)
    assert made.moment("yyy").sum() == pytest.approx(-400e27, rel=1e-12)
    assert made.moment("y").sum() == -400e9


def test_means_of_up_to_sixteen_whole_answers_are_kept_exactly() -> None:
    assert all(SCALE % n == 0 for n in range(1, 17))


def test_no_answers_make_empty_tallies() -> None:
    empty = tally(of_units(made_up(1), set()))
    assert empty.cell_keys == ()
    assert same(empty + tally(made_up(1)), tally(made_up(1)))


def test_tallies_of_different_items_do_not_mix() -> None:
    with pytest.raises(ValueError, match="different items"):
        tally(made_up(1)) + tally(made_up(1, items=2))
    with pytest.raises(ValueError, match="different items"):
        count(made_up(1)) + count(made_up(1, items=2))
