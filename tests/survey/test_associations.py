"""Whether an item goes together with a dimension is tested, and nothing is told of sparse tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from services.survey.answers import AnswerSet, answer_set
from services.survey.associations import Association, associate
from services.survey.designs import CannotEstimate
from services.survey.rounds import Round
from services.survey.weighting import CannotWeight
from shared.errors import NotFound
from tests.survey.asked import FRAME, QUESTIONNAIRE, round_

REGIONS, SIZES = ("rovaniemi", "pohjois-lappi"), ("1-9", "10-49")


def answered(
    units: int = 80, *, related: float = 0.0, people: int = 1, levels: tuple[int, ...] = (1, 2, 3, 4, 5)
) -> list[dict[str, Any]]:
    """Rows of made-up organisations; `related` is how often energy follows the size."""
    rng = np.random.default_rng(7)
    rows = []
    for unit in range(units):
        region, size = REGIONS[unit % 2], SIZES[(unit // 2) % 2]
        for person in range(people):
            energy = int(rng.choice(levels))
            if rng.random() < related:
                energy = 2 if size == "1-9" else 4
            values = {"energy": energy, "share": 50.0, "place": ("net", "chair")[int(rng.integers(2))]}
            barriers = {"barriers": ["net"] if rng.random() < 0.4 else ["chair"]}
            rows.append(
                {
                    "answer": f"a{unit}-{person}",
                    "organisation": f"o{unit}",
                    "segment": {"sub-region": region, "size": size},
                    "values": values | barriers,
                    "seq": len(rows) + 1,
                }
            )
    return rows


def answers_of(rows: list[dict[str, Any]], *, by_person: bool = False) -> AnswerSet:
    return answer_set(QUESTIONNAIRE, FRAME, rows, by_person=by_person)


def read(rows: list[dict[str, Any]], item: str, by: str = "size", asked: Round | None = None) -> Association:
    asked = asked or round_()
    return associate(asked, QUESTIONNAIRE, answers_of(rows, by_person=asked.unit == "person"), item, by)


def test_a_scale_that_follows_the_size_is_told_from_one_that_does_not() -> None:
    assert read(answered(related=0.6), "energy").p < 1e-4
    assert read(answered(), "energy").p > 0.05
    assert read(answered(related=0.6), "energy", "sub-region").p > 0.05


def test_it_says_what_was_compared_and_how_sure_the_error_is() -> None:
    found = read(answered(400), "energy")
    assert [label.en for label in found.columns] == ["1", "2", "3", "4", "5"]
    assert [label.en for label in found.rows] == ["1-9 in English", "10-49 in English"]
    assert (found.units, found.organisations) == (400, 400)
    assert found.df <= 4
    assert found.df_within == pytest.approx(found.df * 399)
    assert found.design_effect > 0.8


def test_a_choice_is_compared_by_its_options_and_an_option_with_all_others() -> None:
    whole, one = read(answered(), "place"), read(answered(), "place:net")
    assert whole.f == pytest.approx(one.f)
    assert [label.en for label in whole.columns] == ["net in English", "chair in English"]
    assert [label.en for label in one.columns] == ["net in English", "another answer"]
    assert read(answered(), "barriers:net").item == "barriers:net"
    assert read(answered(400), "energy:4").df == pytest.approx(1)


def test_levels_that_few_gave_are_joined_with_a_neighbour() -> None:
    rows = answered(60, levels=(2, 3, 4, 5))
    for row in rows[:2]:
        row["values"]["energy"] = 1
    found = read(rows, "energy")
    assert found.columns[0].en.startswith("1 / 2")
    assert " / ".join(label.en for label in found.columns) == "1 / 2 / 3 / 4 / 5"


@pytest.mark.parametrize("fewer", [0, 1, 4])
def test_nothing_is_told_of_a_table_with_fewer_than_five_in_a_cell(fewer: int) -> None:
    rows = answered(80)
    for index, row in enumerate(rows):
        row["values"]["place"] = "net" if index < fewer * 2 else "chair"
    with pytest.raises(CannotEstimate) as refused:
        read(rows, "place")
    assert refused.value.slug in ("too_few_in_a_cell", "one_category")
    for index, row in enumerate(rows):
        row["values"]["place"] = "net" if index < 12 else "chair"
    assert read(rows, "place").units == 80


def test_many_people_of_few_organisations_are_few() -> None:
    rows = answered(8, people=20)
    with pytest.raises(CannotEstimate, match="fewer than 5 organisations"):
        read(rows, "place", asked=round_(unit="person"))


def test_people_count_within_their_organisations() -> None:
    rows = answered(60, people=6)
    for row in rows:
        row["values"]["place"] = ("net", "chair")[sum(row["organisation"].encode()) % 2]
    clustered = read(rows, "place", asked=round_(unit="person"))
    for row in rows:
        row["organisation"] = None
    alone = read(rows, "place", asked=round_(unit="person"))
    assert (clustered.units, clustered.organisations) == (360, 60)
    assert clustered.design_effect > 4 * alone.design_effect
    assert clustered.p > alone.p


def test_several_answers_of_an_organisation_are_one_unit() -> None:
    found = read(answered(60, people=4), "place")
    assert (found.units, found.organisations) == (60, 60)


def test_an_organisation_that_did_not_answer_the_item_is_not_in_the_table() -> None:
    rows = answered(80)
    for row in rows[:12]:
        del row["values"]["place"]
    assert read(rows, "place").units == 68


@pytest.mark.parametrize("item", ["nothing", "place:sofa", "worked"])
def test_a_question_or_option_that_is_not_asked_is_not_found(item: str) -> None:
    with pytest.raises(NotFound):
        read(answered(), item)


def test_a_dimension_that_the_frame_does_not_have_is_not_found() -> None:
    with pytest.raises(NotFound, match="no such dimension"):
        read(answered(), "place", "industry")


@pytest.mark.parametrize("item", ["share", "barriers"])
def test_a_number_and_a_multiple_choice_have_no_categories_that_exclude_each_other(item: str) -> None:
    with pytest.raises(CannotEstimate, match="exclude each other"):
        read(answered(), item)


def test_nobody_and_one_organisation_are_refused() -> None:
    with pytest.raises(CannotWeight):
        read([], "place")
    with pytest.raises(CannotEstimate):
        read(answered(1), "place")
