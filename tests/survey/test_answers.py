"""Answers become arrays in which units, and clusters of people, are told apart."""

from __future__ import annotations

from typing import Any

from services.survey.answers import AnswerSet, answer_set
from services.survey.rounds import Category, Dimension, Frame
from tests.survey.worlds import questionnaire, words

FRAME = Frame(
    dimensions=(
        Dimension(
            code="size",
            label=words("Size"),
            categories=tuple(Category(code=code, label=words(code), count=50) for code in ("s", "l")),
        ),
    )
)


def rows(organisations: str) -> list[dict[str, Any]]:
    """One answer an organisation named by a letter; a dot names none."""
    return [
        {
            "answer": f"a{index}",
            "organisation": None if letter == "." else letter,
            "segment": {"size": "s" if index % 2 else "l"},
            "values": {"state-0": 3},
            "seq": index + 1,
        }
        for index, letter in enumerate(organisations)
    ]


def taken(organisations: str, *, by_person: bool) -> AnswerSet:
    return answer_set(questionnaire(1, 0), FRAME, rows(organisations), by_person=by_person)


def test_people_are_units_and_their_organisations_clusters() -> None:
    answers = taken("aba.b.", by_person=True)
    assert answers.units.tolist() == [0, 1, 2, 3, 4, 5]
    assert answers.clusters is not None
    assert answers.clusters.tolist() == [0, 1, 0, 2, 1, 3]


def test_organisations_are_units_and_have_no_clusters() -> None:
    answers = taken("aba.b.", by_person=False)
    assert answers.units.tolist() == [0, 1, 0, 2, 1, 3]
    assert answers.clusters is None


def test_people_who_name_no_organisation_have_no_clusters() -> None:
    assert taken("...", by_person=True).clusters is None


def test_clusters_stay_with_the_answers_that_are_chosen() -> None:
    early = taken("aba.b.", by_person=True).until(3)
    assert early.clusters is not None
    assert early.clusters.tolist() == [0, 1, 0]
