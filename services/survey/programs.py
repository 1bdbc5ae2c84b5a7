"""Linear programs that differ little from one another: each is solved from where the one before ended."""

from __future__ import annotations

import highspy
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ZERO = 1e-9

_SETTINGS: dict[str, bool | int | str] = {
    "output_flag": False,
    "presolve": "off",
    "simplex_strategy": int(highspy.simplex_constants.SimplexStrategy.kSimplexStrategyPrimal),
    "solver": "simplex",
    "threads": 1,
}


class _Solver(highspy.Highs):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:  # noqa: N802
        """We call nothing back; the package would print its name when it prepares for it."""


class Program:
    """How far sums can go while other sums keep still.

    The primal simplex method of HiGHS (Huangfu & Hall 2018): after another aim, or with fewer sums that keep
    still, the point where it was is still allowed, and few steps lead to the new end.
    """

    def __init__(self, still: Floats, least: Floats, most: Floats) -> None:
        """still: sums × variables. least, most: of the variables; at 0 all is as it is."""
        self._solver = _Solver()
        for name, value in _SETTINGS.items():
            self._solver.setOptionValue(name, value)
        self._solver.passModel(_model(still, least, most))
        self._kept = np.ones(len(still), dtype=bool)
        self._columns = np.arange(still.shape[1], dtype=np.int32)

    def furthest(self, aim: Floats, still: Bools) -> tuple[Floats, list[int]]:
        """The values for which a sum is greatest, and the sums that stop it, of those that keep still.

        A program that the solver cannot solve goes nowhere, and everything stops it.
        """
        self._let_go(self._kept & ~still)
        self._solver.changeColsCost(len(aim), self._columns, -aim)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.zeros(len(aim)), np.flatnonzero(self._kept).tolist()
        found = self._solver.getSolution()
        stopping = np.flatnonzero((np.abs(np.array(found.row_dual)) > _ZERO) & self._kept)
        return np.array(found.col_value), stopping.tolist()

    def _let_go(self, rows: Bools) -> None:
        for row in np.flatnonzero(rows):
            self._solver.changeRowBounds(int(row), -highspy.kHighsInf, highspy.kHighsInf)
        self._kept &= ~rows


def _model(still: Floats, least: Floats, most: Floats) -> highspy.HighsLp:
    model, (rows, columns) = highspy.HighsLp(), still.shape
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_, model.col_lower_, model.col_upper_ = np.zeros(columns), least, most
    model.row_lower_ = model.row_upper_ = np.zeros(rows)
    where = still != 0
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(where.sum(axis=1))]).astype(np.int32)
    model.a_matrix_.index_ = np.nonzero(where)[1].astype(np.int32)
    model.a_matrix_.value_ = still[where]
    return model
