"""One world watched while it answers: at every look what the product's own analysis and judging say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.counting import tally
from services.survey.disclosure import Gate
from services.survey.estimates import Analysis, analyse
from services.survey.judging import Case, judge
from services.survey.looks import Look, plan_look
from services.survey.tallies import Tallies
from services.survey.thresholds import K
from services.survey.verdicts import Judged
from services.survey.weighting import CannotWeight
from tests.simulate.asked import Asked
from tests.survey.worlds import World

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Gating = Callable[[Analysis], Gate]

FIRST_LOOK = 40
EVERY = 5
LAST_TURNOUT = 0.9
USUAL_TURNOUT = 0.45
USUAL_LOOKS = 5


@dataclass(frozen=True)
class Seen:
    """What one look showed. information: n / (N - n), as a share of that at the close."""

    look: Look
    turnout: int
    information: float
    analysis: Analysis
    verdicts: tuple[Judged, ...]

    @property
    def confirmed(self) -> Bools:
        """Which claims are confirmed now."""
        return np.array([verdict.reason == "confirmed" for verdict in self.verdicts])


def every_few(size: int) -> tuple[int, ...]:
    """How many have answered at each of very many looks, the last being the close."""
    return tuple(range(FIRST_LOOK, int(LAST_TURNOUT * size) + 1, EVERY))


def few_looks(size: int) -> tuple[int, ...]:
    """How many have answered at the looks of a round as it is usually held."""
    return tuple(int(n) for n in np.linspace(FIRST_LOOK, USUAL_TURNOUT * size, USUAL_LOOKS))


def watch(world: World, asked: Asked, planned: Sequence[int], gate: Gating) -> Iterator[Seen]:
    """Every look of a round, at so many answers each, the last of them the close.

    A look at which the answers cannot be weighted to the frame is not held.
    """
    open_ = world.round.model_copy(update={"planned_looks": len(planned) - 1, "status": "open"})
    closed = open_.model_copy(update={"status": "closed"})
    past: dict[str, Judged] = {}
    look: Look | None = None
    for turnout, tallies in zip(planned, _growing(world, planned), strict=True):
        round_ = closed if turnout == planned[-1] else open_
        try:
            analysis = analyse(round_, tallies)
        except CannotWeight:
            continue
        look = plan_look(round_, look)
        verdicts = judge(Case(analysis, world.items, asked.hypotheses, gate(analysis), look), past)
        past = dict(zip(asked.names, verdicts, strict=True))
        share = _information(turnout, world.size) / _information(planned[-1], world.size)
        yield Seen(look, turnout, share, analysis, verdicts)


def all_fresh(analysis: Analysis) -> Gate:
    """A gate that lets everything out."""
    shape = analysis.means.value.shape
    return Gate(np.full(shape, "fresh", dtype=object), np.full(shape, -1))


class Holding:
    """A gate that lets out no figure of fewer than k units, and no new one for fewer than k more of them."""

    def __init__(self) -> None:
        self._published: Floats | None = None

    def __call__(self, analysis: Analysis) -> Gate:
        """The gate's verdict on one look after another."""
        units = analysis.means.units
        before = np.zeros(units.shape) if self._published is None else self._published
        fresh, held = units - before >= K.value, before > 0
        self._published = np.where(fresh, units, before)
        verdicts = np.where(fresh, "fresh", np.where(held, "held", "small")).astype(object)
        return Gate(verdicts, np.where(held & ~fresh, 0, -1))


def _growing(world: World, planned: Sequence[int]) -> Iterator[Tallies]:
    """The tallies at each look: those before, and what came in since."""
    tallies, before = None, 0
    for turnout in planned:
        new = tally(world.answers(turnout, after=before))
        tallies, before = new if tallies is None else tallies + new, turnout
        yield tallies


def _information(turnout: int, size: int) -> float:
    return turnout / (size - turnout)
