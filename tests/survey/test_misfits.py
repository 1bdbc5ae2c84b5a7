"""A frame that no weights can meet is refused by what stands in the way."""

from __future__ import annotations

import numpy as np

from services.survey.misfits import misfit

NAMES = ["“a” (D)", "“b” (D)", "“x” (E)", "“y” (E)"]


def test_the_category_that_cannot_be_reached_is_named_with_what_can() -> None:
    groups = np.array([[0, 1], [2, 3]])
    told = misfit(groups, np.array([90.0, 10.0, 85.0, 15.0]), NAMES, np.array([90.0, 10.0]))
    assert "it counts 90 in “a” (D)" in told or "it counts 85 in “x” (E)" in told or "15 in “y” (E)" in told
    assert "can stand only for" in told


def test_the_cell_that_would_have_to_be_empty_is_named() -> None:
    groups = np.array([[0, 0, 1], [2, 3, 3]])
    told = misfit(groups, np.array([50.0, 50.0, 50.0, 50.0]), NAMES, np.array([50.0, 1e-5, 50.0]))
    assert "from “a” (D) and “y” (E) counted for nobody" in told
