"""What analysts read: full precision, whole distributions, and nothing of fewer than five."""

from __future__ import annotations

import numpy as np
import pytest

from services.survey.answers import answer_set
from services.survey.counting import tally
from services.survey.estimates import Analysis, analyse
from services.survey.items import items_of
from services.survey.readouts import read_out
from services.survey.rounds import Trim
from shared.errors import NotFound
from tests.survey.asked import FRAME, QUESTIONNAIRE, round_
from tests.survey.worlds import make_world

ITEMS = items_of(QUESTIONNAIRE)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    rng = np.random.default_rng(11)
    places = [("rovaniemi", "1-9")] * 20 + [("pohjois-lappi", "1-9")] * 20 + [("rovaniemi", "10-49")] * 4
    rows = [
        {
            "answer": f"a{n}",
            "organisation": None,
            "segment": {"sub-region": place, "size": size},
            "values": {"energy": int(rng.integers(1, 6))},
            "seq": n,
        }
        for n, (place, size) in enumerate(places, 1)
    ]
    return analyse(round_(), tally(answer_set(QUESTIONNAIRE, FRAME, rows)))


def test_a_question_is_read_with_its_distribution_after_its_mean(analysis: Analysis) -> None:
    readout = read_out(round_(), ITEMS, analysis, item="energy")
    mean, *levels = readout.estimates
    assert (mean.item, mean.level, mean.kind) == ("energy", None, "mean")
    assert [(one.item, one.level) for one in levels] == [(f"energy:{n}", n) for n in range(1, 6)]
    shares = [one.estimate or 0.0 for one in levels]
    assert sum(shares) == pytest.approx(100, rel=1e-12)
    assert sum(n * share for n, share in enumerate(shares, 1)) / 100 == pytest.approx(
        mean.estimate, rel=1e-12
    )


def test_one_level_is_read_by_its_name(analysis: Analysis) -> None:
    (one,) = read_out(round_(), ITEMS, analysis, item="energy:4").estimates
    assert one.level == 4


def test_of_fewer_than_five_nothing_is_told_of_any_level(analysis: Analysis) -> None:
    few = read_out(round_(), ITEMS, analysis, item="energy", segment="size=10-49").estimates
    assert len(few) == 6
    for one in few:
        assert (one.estimate, one.se, one.low, one.high, one.judging_se, one.n, one.effective_n) == (
            None,
        ) * 7


def test_a_level_that_the_scale_does_not_have_is_refused(analysis: Analysis) -> None:
    with pytest.raises(NotFound, match="asks no such question"):
        read_out(round_(), ITEMS, analysis, item="energy:6")


def test_every_estimate_has_its_effective_n_and_efficiency() -> None:
    world = make_world(np.random.default_rng(3), size=200)
    answers = world.answers(90)
    readout = read_out(world.round, world.items, analyse(world.round, tally(answers)), segment="all")
    told = [one for one in readout.estimates if one.n is not None]
    assert len(told) > 10
    for one in told:
        assert one.n is not None
        assert one.effective_n is not None
        assert one.efficiency == pytest.approx(one.effective_n / one.n)
        assert one.effective_n <= one.n * (1 + 1e-9)
        assert one.poor == (one.effective_n < 0.4 * one.n)
    assert readout.poor == (readout.weighting_efficiency < 0.4)


def test_of_fewer_than_five_no_efficiency_is_told_either(analysis: Analysis) -> None:
    few = read_out(round_(), ITEMS, analysis, item="energy", segment="size=10-49").estimates
    assert all(one.efficiency is None and not one.poor for one in few)


def test_trimming_makes_weights_more_efficient_and_is_stated() -> None:
    world = make_world(np.random.default_rng(3), size=200)
    answers = world.answers(90)
    trimmed = world.round.model_copy(update={"trim": Trim(upper=1.3)})
    raked = read_out(world.round, world.items, analyse(world.round, tally(answers)))
    cut = read_out(trimmed, world.items, analyse(trimmed, tally(answers)))
    assert cut.weighting_efficiency > raked.weighting_efficiency
    assert cut.population == pytest.approx(raked.population)
    assert any("held to at most 1.3 times" in assumption.en for assumption in cut.assumptions)
