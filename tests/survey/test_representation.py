"""How well the answers stand for a frame is told, also where they cannot."""

from __future__ import annotations

import numpy as np
import pytest

from services.survey.representation import represent
from services.survey.rounds import Frame
from services.survey.weighting import CannotWeight
from tests.survey.asked import FRAME, dimension, round_

KEYS = [("rovaniemi", "1-9"), ("pohjois-lappi", "1-9"), ("pohjois-lappi", "10-49")]


def test_answers_are_counted_by_category_and_weighted() -> None:
    found = represent(round_(), KEYS, np.array([6, 2, 3]))
    assert found.answered == {
        "sub-region": {"rovaniemi": 6, "pohjois-lappi": 5},
        "size": {"1-9": 8, "10-49": 3},
    }
    assert found.weights is not None
    assert found.weights.total == pytest.approx(100)
    assert not found.poor
    assert len(found.assumptions) == 3
    found.check()


def test_before_anybody_answers_there_are_no_weights_and_nothing_is_refused() -> None:
    found = represent(round_(), [], np.zeros(0, dtype=np.int64))
    assert (found.weights, found.refusal, found.poor) == (None, None, False)
    assert found.assumptions == FRAME.assumptions
    found.check()


def test_a_frame_that_the_answers_cannot_meet_says_why() -> None:
    frame = Frame(
        dimensions=(dimension("sub-region", {"rovaniemi": 90, "pohjois-lappi": 10}), FRAME.dimensions[1])
    )
    found = represent(round_(frame=frame), [KEYS[0], KEYS[2]], np.array([5, 5]))
    assert found.weights is None
    with pytest.raises(CannotWeight, match="can stand only for"):
        found.check()
