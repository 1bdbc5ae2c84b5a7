"""Misfits: why no weights meet a frame, said by the category or the cell that stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array, eye_array, hstack

from services.survey.rounds import written

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NOTHING = 1e-7


def misfit(groups: Ints, population: Floats, names: Sequence[str], totals: Floats) -> str:
    """A sentence that names the category of which the answers can stand for too few or too many units.

    Found by a linear program: non-negative cell totals that come as near to the margins as can be, the sum of
    what they miss being least. If they can meet the margins, then only with cells that count for nobody: the
    one nearest to it is named.

    groups: dimensions × cells, each cell's category, numbered over all dimensions. population, names: by
    category. totals: by cell, where raking had come to.
    """
    reached = population + _short(groups, population)
    worst = int(np.argmax(np.abs(reached - population)))
    if abs(reached[worst] - population[worst]) > _NOTHING * population.sum():
        return (
            f"The answers cannot be weighted to the frame: it counts {written(population[worst])} in "
            f"{names[worst]}, but with the counts of the other margins the answers from there can stand only "
            f"for {written(max(reached[worst], 0.0))}. Correct the frame, or put that category together with "
            "another."
        )
    least = int(np.argmin(np.nan_to_num(totals)))
    cell = " and ".join(names[category] for category in groups[:, least])
    return (
        "The answers cannot be weighted to the frame: its margins could be met only if those who answered "
        f"from {cell} counted for nobody. Correct the frame, or put one of these categories together with "
        "another."
    )


def _short(groups: Ints, population: Floats) -> Floats:
    """By category, how many units too many (positive) or too few the nearest cell totals stand for."""
    dimensions, cells = groups.shape
    count = len(population)
    places = (groups.ravel(), np.tile(np.arange(cells), dimensions))
    sums = coo_array((np.ones(groups.size), places), shape=(count, cells))
    cost = np.concatenate([np.zeros(cells), np.ones(2 * count)])
    equations = hstack([sums, eye_array(count), -eye_array(count)])
    found = linprog(cost, A_eq=equations.tocsr(), b_eq=population)
    less, more = found.x[cells : cells + count], found.x[cells + count :]
    return np.asarray(more - less)
