"""What is asked of a world: the rules of its round, with their bounds moved to where the truth lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from services.survey.rules import Bound, Hypothesis, hypotheses
from services.survey.segments import Segment, declared_segments
from tests.survey.worlds import World

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

EFFECTS = (0.3, 0.5, 0.8)
_TRUE_SHARE = 0.2


@dataclass(frozen=True)
class Asked:
    """Claims with their truth in the finite population, each one hypothesis.

    effect: how far beyond its bound a claim lies, in standard deviations of the organisations (0: it is false by
    nothing). gap: whether it compares a segment with the rest.
    """

    segments: tuple[Segment, ...]
    hypotheses: Sequence[Hypothesis]
    effect: Floats
    gap: Bools
    item: Ints
    segment: Ints
    sign: Floats
    null: Floats

    @property
    def true(self) -> Bools:
        """Which claims hold."""
        return np.asarray(self.effect > 0)

    @property
    def names(self) -> list[str]:
        """Of the hypotheses."""
        return [hypothesis.name for hypothesis in self.hypotheses]


def at_the_boundary(world: World) -> Asked:
    """Every claim is false by nothing: its bound is the truth."""
    rules = hypotheses(world.items, declared_segments(world.round))
    return _asked(world, rules, np.zeros(len(rules)))


def some_true(world: World, rng: np.random.Generator) -> Asked:
    """A fifth of the claims are true by .3, .5 or .8 standard deviations, the others false by nothing."""
    rules = hypotheses(world.items, declared_segments(world.round))
    chosen = rng.random(len(rules)) < _TRUE_SHARE
    return _asked(world, rules, np.where(chosen, rng.choice(EFFECTS, len(rules)), 0.0))


def as_fielded(world: World) -> Asked:
    """The rules as they are; a claim is true if the truth lies beyond its level, however little."""
    rules = hypotheses(world.items, declared_segments(world.round))
    plain = _asked(world, rules, np.zeros(len(rules)))
    level = np.array([rule.bound.level for rule in rules])
    beyond = np.where(plain.gap, plain.null - level, plain.sign * (plain.null - level))
    spread = world.truth.std(axis=0)[plain.item]
    return replace(plain, hypotheses=rules, effect=np.maximum(beyond, 0) / spread, null=level)


def _asked(world: World, rules: Sequence[Hypothesis], wanted: Floats) -> Asked:
    segments, spread = declared_segments(world.round), world.truth.std(axis=0)
    item, segment = np.array([(rule.item, rule.segment) for rule in rules]).T
    gap = np.array([rule.rule == "gap" for rule in rules])
    sign = np.array([rule.bound.sign for rule in rules], dtype=float)
    figure = np.where(
        gap, np.abs(world.true_gaps(segments)[item, segment]), world.true_means(segments)[item, segment]
    )
    effect = np.where(gap, _fitting(wanted, figure / spread[item]), wanted)
    null = figure - np.where(gap, 1, sign) * effect * spread[item]
    moved = [
        rule._replace(bound=Bound(0.0 if at_gap else float(at), float(at), rule.bound.sign))
        for rule, at, at_gap in zip(rules, null, gap, strict=True)
    ]
    return Asked(segments, moved, effect, gap, item, segment, sign, null)


def _fitting(wanted: Floats, most: Floats) -> Floats:
    """The largest effect up to the one wanted that a difference is large enough for; 0 where none is."""
    steps = np.array((0.0, *EFFECTS))
    return np.asarray(steps[np.searchsorted(steps, np.minimum(wanted, most), side="right") - 1])
