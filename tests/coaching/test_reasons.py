"""Rules of the words that explain advice."""

from __future__ import annotations

from typing import get_args

from services.coaching import reasons
from services.coaching.outcomes import Track
from shared.events.survey import RetractionReason


def test_every_way_of_retracting_has_its_words() -> None:
    assert set(reasons.RETRACTED) == set(get_args(RetractionReason))


def test_every_cause_of_a_suspension_is_said_in_three_languages() -> None:
    said = [
        *reasons.RETRACTED.values(),
        reasons.NOT_ADOPTED,
        reasons.NOT_ABOUT_THEM,
        reasons.PRACTICE_WITHDRAWN,
    ]
    for words in said:
        assert len({words.fi, words.en, words.sv}) == 3
    assert len({words.en for words in said}) == len(said)


def test_a_change_for_the_worse_has_its_sign_and_finnish_its_comma() -> None:
    words = reasons.of_outcomes(Track(outcomes=1, kept=0, mean_change=-1.25)).text
    assert "−1,2 " in words.fi
    assert "−1.2 " in words.en
