"""The first wording of a recommendation."""

from __future__ import annotations

import pytest

from services.model import wording
from shared.events.model import Strength
from tests.model.given import ROVANIEMI, WHOLE, practice, subject, text


@pytest.mark.parametrize(
    ("strength", "opening"),
    [("strong", "Ottakaa käyttöön"), ("conditional", "Harkitkaa"), ("good_practice", "Hyvä käytäntö")],
)
def test_the_opening_says_how_strong_it_is(strength: Strength, opening: str) -> None:
    said = wording.text(subject(), practice(), WHOLE, strength)
    assert said.fi.startswith(opening)
    assert "Title breaks (fi). Summary breaks. (fi)" in said.fi


def test_advice_to_a_segment_names_it() -> None:
    said = wording.text(subject(segment=ROVANIEMI), practice(), text("Rovaniemi"), "strong")
    assert said.en.startswith("Rovaniemi: Take into use")
    assert wording.title(subject(segment=ROVANIEMI), practice(), text("Rovaniemi")).en == (
        "Title breaks – Rovaniemi"
    )


def test_without_a_practice_the_topic_is_talked_about() -> None:
    assert "Hyvinvointi" in wording.text(subject(practice=""), None, WHOLE, "conditional").fi
    assert wording.title(subject(practice=""), None, WHOLE).en == "Wellbeing"


def test_a_practice_without_swedish_leaves_swedish_out_instead_of_mixing_languages() -> None:
    untranslated = practice(title=text("x").model_copy(update={"sv": ""}))
    said = wording.text(subject(), untranslated, WHOLE, "strong")
    assert said.sv == ""
    assert said.in_language("sv") == said.fi
