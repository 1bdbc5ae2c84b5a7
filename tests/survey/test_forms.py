"""What a round asks."""

from __future__ import annotations

import pytest

from services.survey.forms import form_of, sections_of
from services.survey.rounds import Frame
from shared.errors import Invalid
from shared.vocabulary import vocabulary
from tests.survey.asked import QUESTIONNAIRE, dimension, form, round_


def test_a_sub_region_is_asked_as_the_municipality() -> None:
    municipality, size = form().backgrounds
    assert (municipality.field, municipality.dimension) == ("municipality", "sub-region")
    names = [choice.text.fi for choice in municipality.choices]
    assert names == ["Inari", "Ranua", "Rovaniemi", "Sodankylä", "Utsjoki"]
    assert form().categories["municipality"]["148"] == "pohjois-lappi"
    assert (size.field, [choice.code for choice in size.choices]) == ("size", ["1-9", "10-49"])


def test_other_dimensions_are_asked_by_their_categories() -> None:
    frame = Frame(dimensions=(dimension("age_group", {"18-29": 1, "30-39": 2}),))
    asked = form(frame=frame).backgrounds
    assert [(b.field, [c.code for c in b.choices]) for b in asked] == [("age_group", ["18-29", "30-39"])]


def test_a_frame_of_places_that_are_not_in_lapland_is_refused() -> None:
    frame = Frame(dimensions=(dimension("sub-region", {"rovaniemi": 1, "atlantis": 2}),))
    with pytest.raises(Invalid, match="Lapland does not have: atlantis"):
        form(frame=frame)
    frame = Frame(dimensions=(dimension("municipality", {"698": 1, "999": 2}),))
    with pytest.raises(Invalid, match="Lapland does not have: 999"):
        form(frame=frame)


def test_municipalities_can_be_a_dimension_of_their_own() -> None:
    frame = Frame(dimensions=(dimension("municipality", {"698": 1, "148": 2}),))
    (asked,) = form(frame=frame).backgrounds
    assert [(c.text.fi, c.category) for c in asked.choices] == [("Inari", "148"), ("Rovaniemi", "698")]


def test_questions_stand_in_sections_in_their_order() -> None:
    sections = sections_of(QUESTIONNAIRE, vocabulary())
    assert [(s.heading.en, [q.code for q in s.questions]) for s in sections] == [
        ("Wellbeing", ["energy", "share", "place"]),
        ("What gets in the way", ["barriers"]),
        ("In your own words", ["worked", "learned"]),
    ]


def test_a_form_keeps_round_and_questions_together() -> None:
    made = form_of(round_("r9"), QUESTIONNAIRE, vocabulary())
    assert (made.round.round, list(made.questions)) == (
        "r9",
        [q.code for q in QUESTIONNAIRE.questions],
    )
