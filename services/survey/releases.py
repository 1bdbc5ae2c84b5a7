"""Releases: immutable, numbered tables of the figures that passed the gate."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from services.survey.assumptions import assumptions, is_poor, of_frame
from services.survey.disclosure import Gate
from services.survey.estimates import Analysis
from services.survey.exposure import History
from services.survey.figures import n_band, rounded_figure
from services.survey.intervals import figure_interval
from services.survey.items import Item
from services.survey.looks import Look
from services.survey.rounds import Round, Unit
from services.survey.segments import Segment
from services.survey.verdicts import Ends
from shared.events import Figure, Key, Text, Value

Bools = npt.NDArray[np.bool_]
Place = tuple[str, frozenset[tuple[str, str]]]


class Cell(Value):
    """One published figure: an item in a segment, with the release that it was made for and its date."""

    item: str
    segment: dict[str, str]
    figure: Figure
    made_for: int = Field(description="Number of the release that made the figure; an earlier one if held.")
    made_on: date

    @property
    def place(self) -> Place:
        """Item and segment, whatever the order in which the segment's parts are written."""
        return self.item, frozenset(self.segment.items())


class Release(Value):
    """All that a release publishes; `content_hash` is taken over exactly this."""

    release: Key
    round: Key
    round_title: Text
    number: int
    final: bool
    released_on: date
    unit: Unit
    n_band: str
    weighting_efficiency: float = Field(
        description="Effective n / n of the whole round, in whole per cent, rounded down."
    )
    cells: tuple[Cell, ...]
    assumptions: tuple[Text, ...]
    synthetic: bool = False

    @property
    def poor(self) -> bool:
        """Whether weighting cost so much that the figures represent the population poorly."""
        return bool(self.cells) and is_poor(self.weighting_efficiency / 100)

    @property
    def content_hash(self) -> str:
        """SHA-256 of the release as canonical JSON: keys sorted, no spaces, UTF-8."""
        return hashlib.sha256(canonical(self.model_dump(mode="json"))).hexdigest()


@dataclass(frozen=True)
class Making:
    """What a release is made of."""

    round: Round
    items: Sequence[Item]
    analysis: Analysis
    gate: Gate
    look: Look


def make_release(made: Making, key: str, on: date, former: Release | None) -> Release:
    """The table of the figures that passed the gate, and of those that stand from earlier releases."""
    weights, round_ = made.analysis.weights, made.round
    standing = {} if former is None else {cell.place: cell for cell in former.cells}
    return Release(
        release=key,
        round=round_.round,
        round_title=round_.title,
        number=made.look.number,
        final=made.look.final,
        released_on=on,
        unit=round_.unit,
        n_band=n_band(float(weights.counts.sum())),
        weighting_efficiency=float(math.floor(100 * weights.efficiency)),
        cells=tuple(_cells(made, on, standing)),
        assumptions=assumptions(round_, weights),
        synthetic=round_.synthetic,
    )


def empty_release(round_: Round, look: Look, key: str, on: date) -> Release:
    """What a round publishes when all its answers are gone: nothing."""
    return Release(
        release=key,
        round=round_.round,
        round_title=round_.title,
        number=look.number,
        final=look.final,
        released_on=on,
        unit=round_.unit,
        n_band="0",
        weighting_efficiency=0.0,
        cells=(),
        assumptions=of_frame(round_.frame),
        synthetic=round_.synthetic,
    )


def history(releases: Sequence[Release], items: Sequence[str], segments: Sequence[Segment]) -> History:
    """Which figures each of the earlier releases (in order) made new, and which the last one shows."""
    published = [_places(release, items, segments, own=True) for release in releases]
    nothing = np.zeros((len(items), len(segments)), dtype=bool)
    return History(
        published=np.array(published, dtype=bool).reshape(len(releases), *nothing.shape),
        shown=_places(releases[-1], items, segments, own=False) if releases else nothing,
    )


def _places(release: Release, items: Sequence[str], segments: Sequence[Segment], *, own: bool) -> Bools:
    column = {frozenset(segment.parts): index for index, segment in enumerate(segments)}
    row = {name: index for index, name in enumerate(items)}
    places = np.zeros((len(items), len(segments)), dtype=bool)
    for cell in release.cells:
        item, parts = cell.place
        if item in row and parts in column and (not own or cell.made_for == release.number):
            places[row[item], column[parts]] = True
    return places


def canonical(document: Any) -> bytes:
    """One spelling of a JSON document, for hashing."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def figures_of(items: Sequence[Item], analysis: Analysis, look: Look) -> dict[Place, Figure]:
    """Every figure whose interval can be told, as it would be published; the gate decides which may leave."""
    means = analysis.means.uncertain
    shares = np.array([item.kind == "share" for item in items], dtype=bool)[:, None]
    low, high = figure_interval(means, np.broadcast_to(shares, means.value.shape), look.error)
    figures = {}
    for i, s in np.argwhere(np.isfinite(low) & np.isfinite(high)).tolist():
        ends = Ends(float(means.value[i, s]), float(low[i, s]), float(high[i, s]))
        place = (items[i].name, frozenset(analysis.segments[s].parts))
        figures[place] = rounded_figure(items[i], ends, float(means.units[i, s]))
    return figures


def _cells(made: Making, on: date, standing: Mapping[Place, Cell]) -> Iterator[Cell]:
    figures, fresh = figures_of(made.items, made.analysis, made.look), made.gate.fresh
    for i, item in enumerate(made.items):
        for s, segment in enumerate(made.analysis.segments):
            place = (item.name, frozenset(segment.parts))
            if fresh[i, s] and place in figures:
                yield Cell(
                    item=item.name,
                    segment=segment.categories,
                    figure=figures[place],
                    made_for=made.look.number,
                    made_on=on,
                )
            elif made.gate.stands[i, s] >= 0 and place in standing:
                yield standing[place]
