"""Loop honesty: how much of a figure is of those who were coached on its topic before they answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from services.survey.answers import AnswerSet
from services.survey.estimates import Analysis
from services.survey.items import Item
from services.survey.rounds import day_in_region
from services.survey.tallies import CellKey
from services.survey.thresholds import K
from shared.events import Topic

Floats = npt.NDArray[np.float64]

# By topic the month (YYYY-MM) since when an organisation has been acting on advice.
Coaching = Mapping[Topic, str]


@dataclass(frozen=True)
class CoachedUnit:
    """The cell of an organisation, and the items that it answered after it was coached on their topic."""

    cell: CellKey
    items: frozenset[str]


def coached_units(
    answers: AnswerSet, given: Sequence[tuple[Coaching, datetime]], items: Sequence[Item]
) -> list[CoachedUnit]:
    """The units of some answers that were coached before at least one of them.

    given: for each answer, in their order, on what its organisation was coached, and when the answer came. An
    answer of the same month counts as later, because the day is not told.
    """
    topics = {item.name: item.question.topic for item in items}
    after: dict[int, set[str]] = {}
    for row, (coaching, came) in enumerate(given):
        month = f"{day_in_region(came):%Y-%m}"
        touched = after.setdefault(int(answers.units[row]), set())
        for column in np.flatnonzero(~np.isnan(answers.values[row])).tolist():
            name = answers.items[column]
            if name in topics and coaching.get(topics[name], "9999") <= month:
                touched.add(name)
    cell = dict(zip(answers.units.tolist(), answers.cells.tolist(), strict=True))
    return [
        CoachedUnit(answers.cell_keys[cell[unit]], frozenset(names)) for unit, names in after.items() if names
    ]


def coached_shares(analysis: Analysis, units: Iterable[CoachedUnit]) -> Floats:
    """Items × segments: the share of the weight behind each figure that such units carry.

    0 where they are fewer than k: certainty must not tell who of a few clients answered.
    """
    place = {key: index for index, key in enumerate(analysis.tallies.cell_keys)}
    row = {name: index for index, name in enumerate(analysis.items)}
    counts = np.zeros((len(place), len(row)))
    for unit in units:
        if unit.cell in place:
            counts[place[unit.cell], [row[name] for name in unit.items if name in row]] += 1
    inside, weight = np.asarray(analysis.inside, dtype=np.float64), analysis.weights.cell[:, None]
    many = inside @ counts >= K.value
    whole = inside @ (weight * analysis.tallies.moment("units"))
    share = inside @ (weight * counts) / np.where(whole > 0, whole, 1.0)
    return np.asarray(np.where(many, np.minimum(share, 1.0), 0.0).T)
