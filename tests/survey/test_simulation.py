"""In made-up populations where every claim is just false, hardly anything is confirmed."""

from __future__ import annotations

import numpy as np
import pytest

from services.survey.counting import tally
from services.survey.disclosure import Gate
from services.survey.estimates import Analysis, analyse
from services.survey.intervals import figure_interval
from services.survey.judging import Case, Judged, judge
from services.survey.looks import Look, plan_look
from services.survey.rules import Hypothesis
from tests.survey.worlds import World, make_world

WORLDS = 12
TURNOUTS = (90, 150, 230)


def simulate(seed: int) -> tuple[bool, bool, float]:
    """Whether a world had any false confirmation, by our rules and by R's errors at each look; coverage."""
    world = make_world(np.random.default_rng([20261124, seed]))
    past: dict[str, Judged] = {}
    look: Look | None = None
    naive = False
    for turnout in TURNOUTS:
        last = turnout == TURNOUTS[-1]
        round_ = world.round.model_copy(update={"planned_looks": 2, "status": "closed" if last else "open"})
        look = plan_look(round_, look)
        analysis = analyse(round_, tally(world.answers(turnout)))
        asked = world.at_the_boundary(analysis)
        verdicts = judge(Case(analysis, world.items, asked, all_fresh(analysis), look), past)
        past = {h.name: verdict for h, verdict in zip(asked, verdicts, strict=True)}
        naive = naive or any(looks_clear(analysis, hypothesis) for hypothesis in asked)
    confirmed = any(verdict.reason == "confirmed" for verdict in past.values())
    return confirmed, naive, coverage(world, analysis)


def all_fresh(analysis: Analysis) -> Gate:
    shape = analysis.means.value.shape
    return Gate(np.full(shape, "fresh", dtype=object), np.full(shape, -1))


def looks_clear(analysis: Analysis, hypothesis: Hypothesis) -> bool:
    """What somebody says who looks at every release and trusts 95 % intervals."""
    if hypothesis.rule == "gap":
        return False
    value = analysis.means.value[hypothesis.item, hypothesis.segment]
    beyond = hypothesis.bound.sign * (value - hypothesis.bound.null)
    return bool(beyond > 1.96 * analysis.means.se[hypothesis.item, hypothesis.segment])


def coverage(world: World, analysis: Analysis) -> float:
    """How often the 95 % interval of one look holds the truth, in segments of 15 units and more."""
    truth = world.true_means(analysis.segments)
    shares = np.array([item.kind == "share" for item in world.items])[:, None]
    low, high = figure_interval(analysis.means.uncertain, np.broadcast_to(shares, truth.shape), 0.05)
    told = analysis.means.units >= 15
    return float(((low <= truth) & (truth <= high))[told].mean())


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[bool, bool, float]]:
    return [simulate(seed) for seed in range(WORLDS)]


def test_false_findings_are_rarely_confirmed(outcomes: list[tuple[bool, bool, float]]) -> None:
    assert sum(ours for ours, _, _ in outcomes) <= 2


def test_trusting_plain_intervals_at_every_look_is_nearly_always_wrong(
    outcomes: list[tuple[bool, bool, float]],
) -> None:
    assert sum(naive for _, naive, _ in outcomes) >= WORLDS - 1


def test_intervals_hold_the_truth_as_often_as_they_say(outcomes: list[tuple[bool, bool, float]]) -> None:
    assert np.mean([held for _, _, held in outcomes]) >= 0.945
