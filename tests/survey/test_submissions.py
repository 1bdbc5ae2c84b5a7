"""Whether an answer can be counted."""

from __future__ import annotations

from typing import Any

import pytest

from services.survey.submissions import Unanswerable, raw_answer, read_answer
from tests.survey.asked import QUESTIONNAIRE, form, raw


def problems(given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Unanswerable) as refused:
        read_answer(form(), given)
    return {problem.field: problem.slug for problem in refused.value.problems}


def test_a_good_answer_tells_segment_values_and_texts() -> None:
    given = read_answer(form(), raw())
    assert given.segment == {"sub-region": "rovaniemi", "size": "1-9"}
    assert given.values == {"energy": 4, "share": 62.5, "place": "net", "barriers": ["chair"]}
    assert given.opens == {"learned": "Sovitaan yhdessä."}
    assert given.language == "fi"


def test_questions_may_be_skipped_but_not_the_background() -> None:
    assert read_answer(form(), raw(values={"energy": 1}, open={})).values == {"energy": 1}
    assert problems(raw(background={"size": "1-9"})) == {"municipality": "missing"}
    assert problems(raw(background={})) == {"municipality": "missing", "size": "missing"}


def test_an_unknown_municipality_is_said_to_be_none_of_lapland() -> None:
    assert problems(raw(background={"municipality": "091", "size": "1-9"})) == {
        "municipality": "unknown_municipality"
    }
    with pytest.raises(Unanswerable, match="municipality: This is not a municipality of Lapland"):
        read_answer(form(), raw(background={"municipality": "091", "size": "1-9"}))


def test_a_required_question_must_be_answered() -> None:
    must = QUESTIONNAIRE.question("energy").model_copy(update={"required": True})
    asked = form()
    strict = type(asked)(
        asked.round,
        asked.questionnaire,
        asked.backgrounds,
        {**asked.questions, "energy": must},
        asked.categories,
    )
    with pytest.raises(Unanswerable) as refused:
        read_answer(strict, raw(values={"share": 5}))
    assert [(p.field, p.slug) for p in refused.value.problems] == [("energy", "missing")]


def test_an_answer_to_nothing_is_not_counted() -> None:
    assert problems(raw(values={}, open={})) == {"values": "nothing_answered"}
    assert problems(raw(values={"barriers": []}, open={"worked": " "})) == {"values": "nothing_answered"}


def test_every_problem_is_told_at_once() -> None:
    given = raw(background={"municipality": "698", "size": "99"}, values={"energy": 9, "place": "moon"})
    assert problems(given) == {
        "size": "unknown_category",
        "energy": "out_of_range",
        "place": "not_an_option",
    }


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (raw(values={"energy": 4, "shoe size": 41}), "values"),
        (raw(values={"worked": "an open question is no value"}), "values"),
        (raw(open={"energy": "4"}), "open"),
        (raw(background={"municipality": "698", "size": "1-9", "name": "x"}), "background"),
        (raw(secret=1), "answer"),
        (raw(values=[1, 2]), "values"),
        (raw(background="698"), "background"),
    ],
)
def test_what_the_round_does_not_ask_is_refused_without_naming_it(given: dict[str, Any], field: str) -> None:
    assert problems(given)[field] == "not_asked"


def test_the_fields_of_the_page_become_the_same_answer() -> None:
    fields = [
        ("nonce", "n"),
        ("b-municipality", "698"),
        ("b-size", "1-9"),
        ("q-energy", "4"),
        ("q-share", "62,5"),
        ("q-place", "net"),
        ("q-barriers", "chair"),
        ("q-worked", ""),
        ("q-learned", "Sovitaan yhdessä."),
        ("q-unknown", "x"),
        ("language", "fi"),
    ]
    assert read_answer(form(), raw_answer(form(), fields)) == read_answer(form(), raw())


def test_no_box_ticked_on_the_page_is_an_answer_and_no_radio_is_none() -> None:
    fields = [("b-municipality", "698"), ("b-size", "1-9"), ("q-energy", ""), ("q-share", "5")]
    assert read_answer(form(), raw_answer(form(), fields)).values == {"share": 5, "barriers": []}


def test_an_unknown_language_counts_as_finnish() -> None:
    assert read_answer(form(), raw(language="de")).language == "fi"
    assert read_answer(form(), raw(language=["en"])).language == "fi"
    assert read_answer(form(), raw(language="en")).language == "en"
