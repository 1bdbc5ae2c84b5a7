"""Whole numbers in arrays are exactly those of Python, far beyond 64 bits."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.wholes import read_wholes, sum_at, sums_of_products, wholes, write_wholes

NUMBERS = st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=12)


def exact(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=object)


@settings(max_examples=200, deadline=None)
@given(NUMBERS, st.data())
def test_sums_differences_and_products_are_those_of_python(values: list[int], data: st.DataObject) -> None:
    size = len(values)
    others = data.draw(st.lists(st.integers(-(2**62), 2**62), min_size=size, max_size=size))
    left, right = wholes(np.array(values)), wholes(np.array(others))
    assert ((left + right).ints() == exact(values) + exact(others)).all()
    assert ((left - right).ints() == exact(values) - exact(others)).all()
    assert ((left * right).ints() == exact(values) * exact(others)).all()
    assert ((left * left * left).ints() == exact(values) ** 3).all()


@settings(max_examples=100, deadline=None)
@given(NUMBERS)
def test_groups_are_summed_exactly(values: list[int]) -> None:
    cubes = wholes(np.array(values)) * wholes(np.array(values)) * wholes(np.array(values))
    starts = np.array(sorted({0, len(values) // 2}))
    ends = [*starts[1:], len(values)]
    wanted = [sum(v**3 for v in values[a:b]) for a, b in zip(starts, ends, strict=True)]
    assert cubes.by_group(starts).ints().tolist() == wanted


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-(2**45), 2**45)] * 3), min_size=1, max_size=12), st.integers(1, 3))
def test_products_are_summed_exactly_far_beyond_64_bits(rows: list[tuple[int, ...]], factors: int) -> None:
    small = [tuple(value % 2 ** (40 // factors) if factors == 3 else value for value in row) for row in rows]
    columns = [np.array([[row[f]] for row in small]) for f in range(factors)]
    starts = np.array(sorted({0, len(rows) // 2}))
    ends = [*starts[1:], len(rows)]
    wanted = [sum(math.prod(row[:factors]) for row in small[a:b]) for a, b in zip(starts, ends, strict=True)]
    assert sums_of_products(columns, starts).ints()[:, 0].tolist() == wanted


def test_a_sum_fills_the_places_that_it_is_given() -> None:
    some, all_ = wholes(np.array([[5, -7]])), wholes(np.array([[2**40, 1, 7]]))
    total = sum_at([(some, np.array([0, 2])), (all_, np.array([0, 1, 2]))], 3)
    assert total.ints().tolist() == [[2**40 + 5, 1, 0]]


@given(NUMBERS)
def test_floats_are_near_even_below_zero(values: list[int]) -> None:
    cubes = wholes(np.array(values)) * wholes(np.array(values)) * wholes(np.array(values))
    np.testing.assert_allclose(cubes.floats(), [float(v**3) for v in values], rtol=1e-15)


@given(NUMBERS)
def test_bytes_give_back_the_same_numbers(values: list[int]) -> None:
    numbers = wholes(np.array(values)) * wholes(np.array(values))
    assert read_wholes(write_wholes(numbers), numbers.shape).equals(numbers)
