"""What a release may tell, worked out from what the gate withheld and from the answers themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np

from services.survey.analyses import analyse_answers
from services.survey.insights import insight_key
from services.survey.items import Item, items_of
from services.survey.publication import Kept
from services.survey.releases import Cell, Place, Release
from services.survey.rules import Rule
from services.survey.segments import Segment
from services.survey.store.answers import load_answer_set
from services.survey.store.releases import load_kept
from services.survey.weighting import CannotWeight, rake
from shared.db import Transaction
from tests.survey.gated import ASKED, DIMENSION, Respondent, Story

K = 5
ITEMS = items_of(ASKED)
# A figure that is one of these is not shown any more, not even that of an earlier release.
GONE = ("small", "empty")


@dataclass(frozen=True)
class Truth:
    """What may be said after the newest of some releases; nothing where there is none.

    releases: in order. allowed: by key of the release, the places that it may show. insights: the place of
    every finding that there can be. answered: who stands behind the newest release. exact: figures of
    withheld places in full, as they would be written. withheld: by key of the release, the places that have no
    new figure in it, with the gate's reason. empty: the categories from which nobody had answered at one of
    the releases, which its assumptions tell.
    """

    story: Story
    releases: Sequence[Kept]
    allowed: Mapping[str, frozenset[Place]]
    insights: Mapping[str, Place]
    answered: Sequence[Respondent]
    exact: Mapping[str, Place]
    withheld: Mapping[str, Mapping[Place, str]]
    empty: frozenset[str]

    @property
    def newest(self) -> Release | None:
        """The last release."""
        return self.releases[-1].release if self.releases else None

    @property
    def shown(self) -> frozenset[Place]:
        """The places that the last release does show."""
        return frozenset(cell.place for cell in self.newest.cells) if self.newest else frozenset()

    @property
    def now(self) -> frozenset[Place]:
        """The places that the last release may show."""
        return self.allowed[self.newest.release] if self.newest else frozenset()

    def lost(self) -> frozenset[Place]:
        """The places that were shown and may not be any more."""
        return frozenset(cell.place for kept in self.releases for cell in kept.release.cells) - self.now

    def reasons(self) -> set[str]:
        """Why something was withheld in any of the releases."""
        return {reason for kept in self.releases for reason in kept.withheld}


def categories_of_nobody(answered: Sequence[Respondent]) -> frozenset[str]:
    """Those from which nobody answered."""
    return frozenset(DIMENSION) - {code for cell, _ in answered for code in cell}


def places(story: Story) -> dict[Place, tuple[Item, Segment]]:
    """Every item in every declared segment."""
    return {
        (item.name, frozenset(segment.parts)): (item, segment)
        for item, segment in product(ITEMS, story.segments)
    }


async def find_truth(
    tx: Transaction, story: Story, answered: Sequence[Respondent], empty: frozenset[str]
) -> Truth:
    """The truth after the releases that there are."""
    kept, everywhere = await load_kept(tx, "r1"), places(story)
    allowed: dict[str, frozenset[Place]] = {}
    before: set[Place] = set()
    withheld = {one.release.release: _withheld(one, everywhere) for one in kept}
    for one, reasons in zip(kept, withheld.values(), strict=True):
        standing = {place for place in before if reasons.get(place, GONE[0]) not in GONE}
        allowed[one.release.release] = frozenset((everywhere.keys() - reasons.keys()) | standing)
        before = {cell.place for cell in one.release.cells}
    keys = {
        insight_key("r1", item.name, rule, segment): place
        for place, (item, segment) in everywhere.items()
        for rule in get_args(Rule)
    }
    exact = await _exact(tx, story, withheld[kept[-1].release.release]) if kept else {}
    return Truth(story, kept, allowed, keys, answered, exact, withheld, empty)


def _withheld(kept: Kept, everywhere: Mapping[Place, tuple[Item, Segment]]) -> dict[Place, str]:
    by_slug = {(item.name, segment.slug): place for place, (item, segment) in everywhere.items()}
    return {by_slug[item, slug]: reason for reason, found in kept.withheld.items() for item, slug in found}


async def _exact(tx: Transaction, story: Story, withheld: Mapping[Place, str]) -> dict[str, Place]:
    """Figures that nobody may see, to ten decimals; those that are round by nature tell nothing.

    With fewer decimals some of the many times that the metrics add up would be taken for one.
    """
    try:
        analysis = analyse_answers(story.round, await load_answer_set(tx, "r1"))
    except CannotWeight:
        return {}
    means = analysis.means.uncertain.value
    written: dict[bool, dict[str, Place]] = {True: {}, False: {}}
    for (i, item), (s, segment) in product(enumerate(ITEMS), enumerate(analysis.segments)):
        place = (item.name, frozenset(segment.parts))
        for value in (float(means[i, s]), 100 * float(means[i, s])):
            if np.isfinite(value) and abs(value - round(value, 3)) > 1e-5:
                written[place in withheld][f"{value:.13f}"[:-3]] = place
    return {text: place for text, place in written[True].items() if text not in written[False]}


def release_faults(truth: Truth) -> Iterator[str]:
    """Where a release shows more than the gate let pass, or the newest more than a plain count allows."""
    former: dict[Place, Cell] = {}
    for kept in truth.releases:
        release, withheld = kept.release, truth.withheld[kept.release.release]
        for cell in release.cells:
            fresh = cell.made_for == release.number
            if cell.place not in truth.allowed[release.release] or (fresh and cell.place in withheld):
                yield f"release {release.number} shows {cell.place}, which the gate withheld"
            if not fresh and cell != former.get(cell.place):
                yield f"release {release.number} shows a changed older figure of {cell.place}"
        former = {cell.place: cell for cell in release.cells}
    if truth.newest:
        yield from _told_of_single_ones(truth, truth.newest)


def _told_of_single_ones(truth: Truth, newest: Release) -> Iterator[str]:
    try:
        unsafe = dict(_unsafe(truth))
    except CannotWeight:  # then the newest release is of other answers
        return
    for cell in newest.cells:
        # Where too few changed the earlier figure stands, however few are left.
        held = truth.withheld[newest.release].get(cell.place) == "held"
        why, fresh = unsafe.get(cell.place, ""), cell.made_for == newest.number
        if why and (fresh or (why in GONE and not held)):
            yield f"release {newest.number} shows {cell.place}, which is {why}"


def _unsafe(truth: Truth) -> Iterator[tuple[Place, str]]:
    """Places of which a figure would tell of single organisations, by a plain count and the weights."""
    cells = sorted({cell for cell, _ in truth.answered})
    counts = np.array([sum(cell == of for of, _ in truth.answered) for cell in cells])
    weights = rake(truth.story.frame, cells, counts, trim=truth.story.round.trim).cell
    weight = dict(zip(cells, weights.tolist(), strict=True))
    for place, (item, segment) in places(truth.story).items():
        inside = [
            (weight[cell], _value(item, values)) for cell, values in truth.answered if _lies(cell, segment)
        ]
        if len(inside) < K:
            yield place, "small" if inside else "empty"
        elif len({value for _, value in inside}) == 1:
            yield place, "unanimous"
        elif max(inside)[0] > 0.5 * sum(one for one, _ in inside):
            yield place, "dominated"


def _lies(cell: tuple[str, str], segment: Segment) -> bool:
    return all(code in cell for _, code in segment.parts)


def _value(item: Item, values: Mapping[str, object]) -> float:
    given = values[item.question.code]
    if item.option is not None:
        return float(item.option.code in (given if isinstance(given, list) else [given]))
    return float(given == item.level) if item.level is not None else float(str(given))
