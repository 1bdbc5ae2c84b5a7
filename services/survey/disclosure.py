"""The release gate: which figures may leave, and which would give somebody away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
import numpy.typing as npt

from services.survey.cover import Family, cover
from services.survey.crowds import Answered, Verdicts, safety
from services.survey.estimates import Analysis
from services.survey.exposure import Change, History, Scene, amounts_of, audit_of, puzzle_of, telling_rows
from services.survey.items import Item
from services.survey.rounds import Frame
from services.survey.segments import Members, Segment, members
from services.survey.tallies import Tallies
from services.survey.thresholds import K
from services.survey.versions import Versions

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Verdict = Literal["fresh", "held", "empty", "small", "dominated", "unanimous", "complementary"]
# Why figures did not leave, in three words: they would tell of single units, others could be worked out from
# them, too few changed. `few` where so few segments are concerned that a word could point at one.
Why = Literal["own", "others", "held", "few"]
_WHY: dict[Why, tuple[Verdict, ...]] = {
    "own": ("empty", "small", "dominated", "unanimous"),
    "others": ("complementary",),
    "held": ("held",),
}


@dataclass(frozen=True)
class Gate:
    """The verdict on every figure, items × segments, and whose figure stands where it is not fresh.

    fresh: a new figure leaves. held: too few units changed. empty, small, dominated, unanimous: the figure
    would tell about single units. complementary: others could be worked out from it. `stands` numbers the
    release whose figure is shown; -1: none is.
    """

    verdicts: Verdicts
    stands: Ints

    @property
    def fresh(self) -> Bools:
        """Where a new figure leaves."""
        return np.asarray(self.verdicts == "fresh", dtype=bool)

    @property
    def mostly(self) -> Why | None:
        """Why most of the figures that did not leave did not; None where all did."""
        concerned = int((~self.fresh).any(axis=0).sum())
        if concerned < K.value:
            return "few" if concerned else None
        return max(_WHY, key=lambda why: np.isin(self.verdicts.astype(str), _WHY[why]).sum())


@dataclass(frozen=True)
class _View:
    """One way of adding figures up: the totals of now, or of what changed since a release.

    answered: for each item that leaves together. shown: segments of which the total is known if it leaves.
    """

    answered: Sequence[Answered]
    shown: Bools


def judge_release(
    frame: Frame, analysis: Analysis, items: Sequence[Item], history: History, past: Versions
) -> Gate:
    """The gate's verdict on all declared tables, over all releases of the round together.

    The options of a single choice, and the levels of a scale, leave together or not at all, because their
    shares add up to a whole. Levels leave only where the mean of their question does, because they tell it.
    """
    segments, keys = analysis.segments, analysis.tallies.cell_keys
    inside = members(frame, segments, past.cell_keys)
    pairs = zip(history.published, past.newly, strict=True)
    changes = [Change(published, newly.among(keys)) for published, newly in pairs]
    scene = Scene(analysis, items, history, past, inside, families(segments), changes)
    verdicts = np.full((len(items), len(segments)), "empty", dtype=object)
    for together in _together(items):
        verdicts[together] = _verdict(scene, together, _allowed(items, verdicts, together[0]))
    gone = np.isin(verdicts.astype(str), ("fresh", "small", "empty"))
    return Gate(verdicts, np.where(gone, -1, history.latest))


def _allowed(items: Sequence[Item], verdicts: Verdicts, first: int) -> Bools:
    """The segments in which items may leave at all: of levels those in which their question's mean does."""
    if items[first].level is None:
        return np.ones(verdicts.shape[1], dtype=bool)
    mean = next(i for i, item in enumerate(items) if item.whole and item.question is items[first].question)
    return np.asarray(verdicts[mean] == "fresh", dtype=bool)


def families(segments: Sequence[Segment]) -> list[Family]:
    """Every way in which declared segments add up to a declared segment."""
    children: dict[tuple[Segment, str], list[int]] = {}
    for index, segment in enumerate(segments):
        for left_out in segment.parts:
            rest = Segment(tuple(part for part in segment.parts if part != left_out))
            children.setdefault((rest, left_out[0]), []).append(index)
    place = {segment: index for index, segment in enumerate(segments)}
    return [Family(place[rest], tuple(made)) for (rest, _), made in children.items() if rest in place]


def _together(items: Sequence[Item]) -> list[list[int]]:
    def key(index: int) -> str:
        item = items[index]
        if item.level is not None:
            return f"{item.question.code}:"
        return item.question.code if item.question.kind == "choice" else item.name

    return [list(same) for _, same in groupby(range(len(items)), key)]


def _verdict(scene: Scene, together: Sequence[int], allowed: Bools) -> Verdicts:
    """The verdict on the figures of one item, or of the options of one choice, by segment.

    k counts organisations, also in rounds of people: the staff of one workplace are no crowd.
    """
    inside = scene.analysis.inside
    now, *since = views = _views(scene, together)
    verdict = _worst([safety(answered, inside) for answered in now.answered])
    verdict[(verdict != "empty") & (scene.analysis.means.independent[together[0]] < K.value)] = "small"
    held = _held(scene, together[0])
    for view in since:
        held |= view.shown & ~_is_safe(view.answered, inside)
    verdict[held] = "held"
    verdict[(verdict == "fresh") & ~allowed] = "complementary"
    fresh = verdict == "fresh"

    def remainders(leaving: Bools) -> list[tuple[int, ...]]:
        return [rows for view in views for rows in _remainders(scene, together[0], view, leaving)]

    puzzle = puzzle_of(scene, together[0], ~fresh)
    audits = [audit_of(puzzle, amounts_of(scene, index)) for index in together]

    def ranges(leaving: Bools) -> list[list[int]]:
        return [rows for audit in audits for rows in telling_rows(audit, puzzle, leaving)]

    stay = cover(puzzle, fresh, remainders, ranges)
    verdict[fresh & ~stay] = "complementary"
    return verdict


def _views(scene: Scene, together: Sequence[int]) -> list[_View]:
    everything = np.ones(len(scene.analysis.segments), dtype=bool)
    now = _View([_answered(scene, scene.analysis.tallies, i) for i in together], everything)
    since = [
        _View([_answered(scene, change.tallies, i) for i in together], change.published[together[0]])
        for change in scene.changes
    ]
    return [now, *since]


def _is_safe(answered: Sequence[Answered], groups: Members) -> Bools:
    verdict = _worst([safety(item, groups) for item in answered])
    return np.isin(verdict.astype(str), ("fresh", "empty"))


def _answered(scene: Scene, tallies: Tallies, index: int) -> Answered:
    item = scene.items[index]
    units, y, yy = (tallies.moment(name)[:, index] for name in ("units", "y", "yy"))
    low, span = item.low, item.high - item.low
    return Answered(
        weight=scene.analysis.weights.cell,
        units=units,
        y=(y - low * units) / span,
        yy=(yy - 2 * low * y + low**2 * units) / span**2,
    )


def _worst(verdicts: Sequence[Verdicts]) -> Verdicts:
    worst = verdicts[0].copy()
    for other in verdicts[1:]:
        worst = np.where(worst == "fresh", other, worst)
    return worst


def _held(scene: Scene, item: int) -> Bools:
    """Where some published version differs from the coming one by fewer than k units.

    A figure of units that did not change waits as well when others did: their answers weighted anew are a
    second equation on them.
    """
    held = np.zeros(len(scene.inside), dtype=bool)
    for release, published in enumerate(scene.history.published):
        if scene.past.changed[release].any():
            held |= published[item] & (scene.inside @ scene.past.changed[release][:, item] < K.value)
    return held


def _remainders(scene: Scene, item: int, view: _View, leaving: Bools) -> list[tuple[int, ...]]:
    """Segments less their published parts are figures that nobody printed but everybody can subtract."""
    known = leaving & view.shown
    open_ = [f for f in scene.families if known[f.parent] and not known[list(f.children)].all()]
    if not open_:
        return []
    shown = [tuple(c for c in f.children if known[c]) for f in open_]
    now, past = (_less(inside, open_, shown) for inside in (scene.analysis.inside, scene.inside))
    unsafe = ~_is_safe(view.answered, now)
    for changed in scene.past.changed[:, :, item]:
        units = past @ changed
        unsafe |= (units > 0) & (units < K.value)
    return [parts or (f.parent,) for f, parts, bad in zip(open_, shown, unsafe, strict=True) if bad]


def _less(inside: Members, open_: Sequence[Family], shown: Sequence[tuple[int, ...]]) -> Members:
    """For each family the cells of the parent that lie in none of the parts shown."""
    return np.array(
        [inside[f.parent] & ~inside[list(parts)].any(axis=0) for f, parts in zip(open_, shown, strict=True)]
    )
