"""Figures are never typed: a wording has places, and the evidence fills them."""

from __future__ import annotations

import pytest

from services.campaign import wordings
from services.campaign.grounds import Advice, Ground
from services.campaign.wordings import Wording
from shared.errors import Invalid
from shared.events import Text
from tests.campaign.given import draft, figure, insight, text

GROUND = Ground((insight(),))
FRESH = Wording(Text(fi="10–49 henkeä", en="10–49 people"), Text(fi="{1}", en="{1}"))


def wording(title: str = "Otsikko", body: str = "Teksti {1}") -> Wording:
    return Wording(Text(fi=title, en="Title"), Text(fi=body, en="Text {1}"))


def test_a_wording_without_typed_figures_is_taken() -> None:
    wordings.check(wording(), FRESH, GROUND)


@pytest.mark.parametrize("typed", ["63 prosenttia", "3,6", "joka 5.", "2,5 pistettä", "1 kolmesta"])
def test_a_typed_figure_is_refused_in_title_and_body_and_not_repeated(typed: str) -> None:
    for wrong in (wording(title=typed), wording(body=typed)):
        with pytest.raises(Invalid, match="cannot be typed") as refusal:
            wordings.check(wrong, FRESH, GROUND)
        assert typed not in refusal.value.message


def test_a_typed_figure_is_refused_in_every_language() -> None:
    with pytest.raises(Invalid, match="cannot be typed"):
        wordings.check(Wording(text("x"), Text(fi="{1}", en="{1}", sv="63 procent")), FRESH, GROUND)


def test_years_and_numbers_of_the_drafted_text_may_stand() -> None:
    wordings.check(wording(title="Talvi 2027", body="10–49 henkeä {1}"), FRESH, GROUND)


def test_a_place_without_a_figure_is_refused() -> None:
    for place in ("{2}", "{0}", "{advice}"):
        with pytest.raises(Invalid, match="place for a figure"):
            wordings.check(wording(body=place), FRESH, GROUND)
    wordings.check(wording(body="{advice}"), FRESH, Ground((insight(),), Advice("rec1", 1, text("Suositus"))))


def test_finnish_and_english_are_needed() -> None:
    with pytest.raises(Invalid, match="title is needed"):
        wordings.check(wording(title="  "), FRESH, GROUND)
    with pytest.raises(Invalid, match="text is needed"):
        wordings.check(wording(body=""), FRESH, GROUND)


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(Invalid, match="title may have"):
        wordings.check(wording(title="x" * 161), FRESH, GROUND)
    with pytest.raises(Invalid, match="text may have"):
        wordings.check(wording(body="x" * 5001), FRESH, GROUND)


def test_a_place_is_filled_with_the_sentence_of_the_evidence_of_now() -> None:
    moved = insight(revision=2, figure=figure(2.1, 2.5))
    body = wordings.filled(draft().wording.body, GROUND, Ground((moved,)))
    assert moved.sentence.fi in body.fi
    assert insight().sentence.fi not in body.fi


def test_a_place_keeps_its_insight_when_another_is_gone() -> None:
    written = Ground((insight("i1"), insight("i2")))
    body = wordings.filled(Text(fi="{2}", en="{2}"), written, Ground((insight("i2"),)))
    assert body.fi == insight("i2").sentence.fi
