"""The release gate: which figures may leave, and which would give somebody away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
import numpy.typing as npt

from services.survey.cover import Family, Puzzle, cover
from services.survey.crowds import Answered, Verdicts, safety
from services.survey.estimates import Analysis
from services.survey.items import Item
from services.survey.rounds import Frame
from services.survey.segments import Members, Segment, members
from services.survey.thresholds import K
from services.survey.versions import Versions

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Verdict = Literal["fresh", "held", "empty", "small", "dominated", "unanimous", "complementary"]


@dataclass(frozen=True)
class History:
    """What left before.

    published: earlier releases × items × segments, true where a new figure left. shown: items × segments,
    true where the last release shows a figure, its own or one that stood.
    """

    published: Bools
    shown: Bools

    @property
    def latest(self) -> Ints:
        """Items × segments: the release whose figure is shown; -1 where none is."""
        number = np.arange(1, len(self.published) + 1)[:, None, None]
        last = (self.published * number).max(axis=0, initial=0) - 1
        return np.asarray(np.where(self.shown, last, -1), dtype=np.int64)


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


@dataclass(frozen=True)
class _Scene:
    """What the verdicts on all items share. inside: segments × cells of `past`."""

    analysis: Analysis
    items: Sequence[Item]
    history: History
    past: Versions
    inside: Members
    families: Sequence[Family]


def judge_release(
    frame: Frame, analysis: Analysis, items: Sequence[Item], history: History, past: Versions
) -> Gate:
    """The gate's verdict on all declared tables, over all releases of the round together.

    The options of a single choice leave together or not at all, because their shares add up to a whole.
    """
    segments = analysis.segments
    inside = members(frame, segments, past.cell_keys)
    scene = _Scene(analysis, items, history, past, inside, families(segments))
    verdicts = np.full((len(items), len(segments)), "empty", dtype=object)
    for together in _together(items):
        verdicts[together] = _verdict(scene, together)
    gone = np.isin(verdicts.astype(str), ("fresh", "small", "empty"))
    return Gate(verdicts, np.where(gone, -1, history.latest))


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
        single = items[index].question.kind == "choice"
        return items[index].question.code if single else items[index].name

    return [list(same) for _, same in groupby(range(len(items)), key)]


def _verdict(scene: _Scene, together: Sequence[int]) -> Verdicts:
    """The verdict on the figures of one item, or of the options of one choice, by segment."""
    answered = [_answered(scene, index) for index in together]
    verdict = _worst([safety(item, scene.analysis.inside) for item in answered])
    held = _held(scene, together[0])
    verdict[held] = "held"
    fresh = verdict == "fresh"

    def remainders(leaving: Bools) -> list[tuple[int, ...]]:
        return _remainders(scene, together[0], answered, leaving)

    stay = cover(_puzzle(scene, together[0], ~fresh), fresh, remainders)
    verdict[fresh & ~stay] = "complementary"
    return verdict


def _answered(scene: _Scene, index: int) -> Answered:
    tallies, item = scene.analysis.tallies, scene.items[index]
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


def _held(scene: _Scene, item: int) -> Bools:
    """Where some published version differs from the coming one by fewer than k units.

    A figure of units that did not change waits as well when others did: their answers weighted anew are a
    second equation on them.
    """
    held = np.zeros(len(scene.inside), dtype=bool)
    for release, published in enumerate(scene.history.published):
        if scene.past.changed[release].any():
            held |= published[item] & (scene.inside @ scene.past.changed[release][:, item] < K.value)
    return held


def _puzzle(scene: _Scene, item: int, withheld: Bools) -> Puzzle:
    past = scene.past
    here = past.counts[:, item] > 0
    cells = np.array([atom.cell for atom in past.atoms], dtype=np.int64)[here]
    inside = scene.inside[:, cells].astype(np.float64)
    alive = [past.alive(release)[here].astype(np.float64) for release in range(past.coming + 1)]
    rows = inside * alive[-1]
    earlier = [inside[scene.history.published[r][item]] * alive[r] for r in range(past.coming)]
    counts = past.counts[here, item].astype(np.float64)
    small = np.eye(len(counts))[counts < K.value]
    shifts = [inside * (alive[-1] - before) for before in alive[:-1]]
    few = [_few(shift, counts) for shift in shifts]
    few += [_few(_rests(scene.families, whole), counts) for whole in (rows, *shifts)]
    known = np.vstack([np.zeros((0, len(counts))), *earlier])
    return Puzzle(rows, known, np.vstack([rows[withheld], small, *few]), rows @ counts)


def _rests(families: Sequence[Family], rows: Floats) -> Floats:
    """Every segment without one of its parts."""
    rests = [rows[family.parent] - rows[child] for family in families for child in family.children]
    return np.array(rests).reshape(len(rests), rows.shape[1])


def _few(groups: Floats, counts: Floats) -> Floats:
    """The groups of some but fewer than k units; who changed an answer came and went, and counts once."""
    units = np.maximum(np.maximum(groups, 0) @ counts, np.maximum(-groups, 0) @ counts)
    return groups[(units > 0) & (units < K.value)]


def _remainders(
    scene: _Scene, item: int, answered: Sequence[Answered], leaving: Bools
) -> list[tuple[int, ...]]:
    """Segments less their published parts are figures that nobody printed but everybody can subtract."""
    open_ = [f for f in scene.families if leaving[f.parent] and not leaving[list(f.children)].all()]
    if not open_:
        return []
    shown = [tuple(c for c in f.children if leaving[c]) for f in open_]
    now, past = (_less(inside, open_, shown) for inside in (scene.analysis.inside, scene.inside))
    verdict = _worst([safety(figures, now) for figures in answered])
    unsafe = ~np.isin(verdict.astype(str), ("fresh", "empty"))
    for changed in scene.past.changed[:, :, item]:
        units = past @ changed
        unsafe |= (units > 0) & (units < K.value)
    return [parts or (f.parent,) for f, parts, bad in zip(open_, shown, unsafe, strict=True) if bad]


def _less(inside: Members, open_: Sequence[Family], shown: Sequence[tuple[int, ...]]) -> Members:
    """For each family the cells of the parent that lie in none of the parts shown."""
    return np.array(
        [inside[f.parent] & ~inside[list(parts)].any(axis=0) for f, parts in zip(open_, shown, strict=True)]
    )
