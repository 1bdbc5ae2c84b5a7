"""What analysts read: full precision, whole distributions, and nothing of fewer than five."""

from __future__ import annotations

import numpy as np
import pytest

from services.survey.answers import answer_set
from services.survey.counting import tally
from services.survey.estimates import Analysis, analyse
from services.survey.items import items_of
from services.survey.readouts import read_out
from shared.errors import NotFound
from tests.survey.asked import FRAME, QUESTIONNAIRE, round_

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
