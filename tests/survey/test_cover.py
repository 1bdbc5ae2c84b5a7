"""What is withheld cannot be worked out from what is shown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.cover import Puzzle, cover, derivable

# A table of 2 × 3 cells: the region, two rows, three columns, six cells.
TABLE = np.array(
    [
        [1, 1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [1, 0, 0, 1, 0, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 0, 1],
        *np.eye(6),
    ],
    dtype=float,
)
COST = TABLE.sum(axis=1) * 10 + np.arange(len(TABLE)) / 100
NOTHING = np.zeros((0, 6))


def nothing_left(_fresh: npt.NDArray[np.bool_]) -> list[tuple[int, ...]]:
    return []


def puzzle(known: npt.NDArray[np.float64], secrets: npt.NDArray[np.float64]) -> Puzzle:
    return Puzzle(rows=TABLE, known=known, told=known, secrets=secrets, guarded=secrets, cost=COST)


def covered(withheld: list[int]) -> npt.NDArray[np.bool_]:
    fresh = np.ones(len(TABLE), dtype=bool)
    fresh[withheld] = False
    return cover(puzzle(NOTHING, TABLE[withheld]), fresh, nothing_left, nothing_left)


def test_a_cell_follows_from_its_row_and_the_others_in_it() -> None:
    shown = np.delete(TABLE, 6, axis=0)
    assert derivable(shown, TABLE[6:7])[0]


def test_hiding_one_cell_alone_is_not_enough_so_others_are_hidden_with_it() -> None:
    fresh = covered([6])
    assert not derivable(TABLE[fresh], TABLE[6:7])[0]
    assert fresh.sum() <= len(TABLE) - 4


def test_margins_are_kept_where_cells_can_be_hidden_instead() -> None:
    assert covered([6])[:6].all()


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, len(TABLE) - 1), min_size=1, max_size=5))
def test_no_secret_is_left_to_be_worked_out(withheld: set[int]) -> None:
    fresh = covered(sorted(withheld))
    assert not derivable(TABLE[fresh], TABLE[sorted(withheld)]).any()
    assert not fresh[sorted(withheld)].any()


def test_what_follows_from_earlier_releases_alone_hides_nothing_more() -> None:
    fresh = np.ones(len(TABLE), dtype=bool)
    fresh[6] = False
    kept = cover(puzzle(TABLE[6:7], TABLE[6:7]), fresh, nothing_left, nothing_left)
    assert (kept == fresh).all()


def test_an_earlier_figure_can_give_a_later_secret_away() -> None:
    # The column was shown before; with the fresh cell below it, the cell above follows.
    secret, fresh = TABLE[6:7], np.zeros(len(TABLE), dtype=bool)
    fresh[9] = True
    assert not cover(puzzle(TABLE[3:4], secret), fresh, nothing_left, nothing_left)[9]


def test_what_the_audit_of_ranges_finds_is_hidden_as_well() -> None:
    fresh = np.ones(len(TABLE), dtype=bool)

    def ranges(leaving: npt.NDArray[np.bool_]) -> list[list[int]]:
        return [[6, 7]] if leaving[6] and leaving[7] else []

    kept = cover(puzzle(NOTHING, TABLE[:0]), fresh, nothing_left, ranges)
    assert kept.sum() == len(TABLE) - 1
    assert not kept[[6, 7]].all()


def test_a_group_of_nobody_is_no_secret() -> None:
    assert not derivable(TABLE, np.zeros((1, 6)))[0]
