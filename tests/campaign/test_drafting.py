"""Drafts are written from evidence by templates."""

from __future__ import annotations

import re

import pytest

from services.campaign import drafting, themes, thresholds
from services.campaign.grounds import Ground
from shared.events import Text
from tests.campaign.given import TOPIC_NAME, draft, insight, recommendation, text, version


def material(*insights, practice: Text | None = None, advice=None) -> drafting.Material:
    return drafting.Material(TOPIC_NAME, Ground(insights, advice), practice)


def chosen(*insights, taken=()) -> list[str]:
    theme = themes.weigh("leadership", insights, (), (), 0)
    return [one.insight for one in drafting.choose(theme, {one.insight: one for one in insights}, taken)]


def test_the_key_of_a_draft_is_the_same_whenever_it_is_drafted() -> None:
    assert draft(insight("i1"), insight("i2")).key == draft(insight("i1", 7)).key
    assert draft(insight("i1")).key != draft(insight("i2")).key
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,120}", draft(insight("x" * 120)).key)


def test_a_draft_has_a_place_for_every_figure_and_types_none() -> None:
    body = drafting.write(material(insight("i1"), insight("i2"), insight("i3"))).body
    for language in ("fi", "en", "sv"):
        assert [place in getattr(body, language) for place in ("{1}", "{2}", "{3}")] == [True] * 3
        assert "2.2" not in getattr(body, language)


@pytest.mark.parametrize("rule", ["need", "strength", "gap", "trend", "barrier", "practice"])
def test_every_rule_has_its_title_in_three_languages(rule: str) -> None:
    title = drafting.write(material(insight(rule=rule))).title
    assert title.fi.startswith("Johtaminen: ")
    assert title.en.startswith("Leadership: ")
    assert title.sv.startswith("Ledarskap: ")


def test_a_title_names_the_segment_unless_it_is_the_whole_region() -> None:
    part = insight(segment={"size": "10-49"}, segment_label=text("10–49 henkeä"))
    assert drafting.write(material(part)).title.fi.endswith("(10–49 henkeä fi)")
    assert "Koko alue" not in drafting.write(material(insight())).title.fi


def test_swedish_is_left_out_where_the_evidence_has_none() -> None:
    finnish = insight(sentence=Text(fi="Lause", en="Sentence"))
    wording = drafting.write(material(finnish))
    assert wording.body.sv == ""
    assert wording.body.fi
    assert wording.title.sv


def test_a_draft_quotes_advice_and_names_the_practice_of_the_library() -> None:
    quoted = drafting.best_advice(version(1, recommendation()), "leadership", "")
    body = drafting.write(material(insight(), practice=text("Kävelypalaveri"), advice=quoted)).body
    assert "{advice}" in body.fi
    assert "Kävelypalaveri fi" in body.fi


def test_the_best_insight_that_no_post_has_taken_leads() -> None:
    three = (insight("i1"), insight("i2", certainty="low"), insight("i3", certainty="moderate"))
    assert chosen(*three) == ["i1", "i3", "i2"]
    assert chosen(*three, taken={"i1"}) == ["i3", "i2"]
    assert chosen(*three, taken={"i1", "i2", "i3"}) == []


def test_a_post_has_only_so_many_figures() -> None:
    assert len(chosen(*[insight(f"i{n}") for n in range(9)])) == thresholds.FIGURES_IN_POST


def test_a_post_drafted_anew_keeps_its_lead_and_is_refused_without_it() -> None:
    insights = {"i1": insight("i1"), "i2": insight("i2", certainty="low")}
    theme = themes.weigh("leadership", insights.values(), (), (), 0)
    assert [one.insight for one in drafting.beside(theme, insights, "i2", ())] == ["i2", "i1"]
    assert drafting.beside(theme, insights, "i9", ()) == ()


def test_advice_on_the_same_practice_then_the_strongest_is_quoted() -> None:
    made = version(
        1,
        recommendation("a", strength="good_practice"),
        recommendation("b", strength="strong"),
        recommendation("c", practice="p1", strength="good_practice"),
        recommendation("d", strength="strong", under_review=True, practice="p1"),
        recommendation("e", strength="strong", topic="wellbeing"),
    )
    assert drafting.best_advice(made, "leadership", "p1").recommendation == "c"
    assert drafting.best_advice(made, "leadership", "").recommendation == "b"
    assert drafting.best_advice(made, "community", "") is None
    assert drafting.best_advice(None, "leadership", "") is None
