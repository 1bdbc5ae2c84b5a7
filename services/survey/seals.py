"""Seals: keyed hashes of answers, by which it can be checked later that they are still the same."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet
from services.survey.rounds import Frame
from services.survey.segments import Segment, members

Bools = npt.NDArray[np.bool_]


def seal_figure(key: bytes, answers: AnswerSet, frame: Frame, item: str, segment: Segment) -> str:
    """HMAC-SHA-256 of the answers to an item in a segment, in the order in which they came.

    Without the key nobody can test whether a certain answer is among them.
    """
    inside = members(frame, [segment], answers.cell_keys)[0]
    column = answers.values[:, answers.items.index(item)]
    return _seal(key, answers, column, inside[answers.cells] & ~np.isnan(column))


def seal_answers(key: bytes, answers: AnswerSet) -> str:
    """HMAC-SHA-256 of all answers to all items."""
    return _seal(key, answers, answers.values, np.ones(len(answers.ids), dtype=bool))


def _seal(key: bytes, answers: AnswerSet, values: npt.NDArray[np.float64], chosen: Bools) -> str:
    pairs = zip(np.flatnonzero(chosen), values[chosen].tolist(), strict=True)
    text = "".join(f"{answers.ids[index]}:{value}\n" for index, value in pairs)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
