"""Representation: how well those who answered stand for the frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.survey.assumptions import assumptions, is_poor, of_frame
from services.survey.rounds import Round
from services.survey.weighting import CannotWeight, CellKeys, Ints, Weights, rake
from shared.events import Text


@dataclass(frozen=True)
class Representation:
    """Answering units by dimension and category, and their weights.

    weights: None where nobody has answered, or where `refusal` says why there are none.
    """

    answered: Mapping[str, Mapping[str, int]]
    assumptions: tuple[Text, ...]
    weights: Weights | None
    refusal: CannotWeight | None = None

    @property
    def poor(self) -> bool:
        """Whether weighting costs so much that a warning is due."""
        return self.weights is not None and is_poor(self.weights.efficiency)

    def check(self) -> None:
        """Refuse what cannot be weighted.

        Raises:
            CannotWeight: those who answered cannot be weighted to the frame.
        """
        if self.refusal is not None:
            raise self.refusal


def represent(round_: Round, cell_keys: CellKeys, counts: Ints) -> Representation:
    """How well the units in some cells stand for the frame of a round."""
    answered = {
        dimension.code: _by_category([key[place] for key in cell_keys], counts)
        for place, dimension in enumerate(round_.frame.dimensions)
    }
    if not np.sum(counts):
        return Representation(answered, of_frame(round_.frame), None)
    try:
        weights = rake(round_.frame, cell_keys, counts, trim=round_.trim)
    except CannotWeight as refusal:
        return Representation(answered, of_frame(round_.frame), None, refusal)
    return Representation(answered, assumptions(round_, weights), weights)


def _by_category(codes: list[str], counts: Ints) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, count in zip(codes, counts.tolist(), strict=True):
        found[code] = found.get(code, 0) + int(count)
    return found
