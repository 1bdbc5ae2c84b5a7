"""Numbers are written as people of a language write them."""

from __future__ import annotations

import pytest

from services.survey.numerals import in_figures, say, short
from shared.events import Text


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [
        (2.5, "fi", "2,5"),
        (2.5, "sv", "2,5"),
        (2.5, "en", "2.5"),
        (-0.25, "fi", "−0,25"),
        (-0.0, "en", "0"),
        (1 / 3, "en", "0.333333"),
        (55.00000000000001, "en", "55"),
        (None, "fi", "–"),
        (float("nan"), "fi", "–"),
    ],
)
def test_a_number_has_the_sign_and_the_digits_of_its_language(
    value: float | None, language: str, written: str
) -> None:
    assert in_figures(value, language) == written


def test_a_sentence_is_filled_in_each_language_with_its_own_words() -> None:
    template = Text(fi="{n} {what}.", en="{what}: {n}.", sv="{n} {what}!")
    what = Text(fi="lukua", en="figures", sv="tal")
    assert say(template, {"n": 1.5, "what": what}) == Text(fi="1,5 lukua.", en="figures: 1.5.", sv="1,5 tal!")


def test_three_digits_are_enough_for_a_probability() -> None:
    assert short(0.00123456) == 0.00123
