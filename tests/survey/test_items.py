"""Which figures a questionnaire gives, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from services.survey.answers import answer_set
from services.survey.items import Item, items_of
from services.survey.questionnaires import Questionnaire
from services.survey.rules import bounds
from shared.events import Text
from tests.survey.asked import FRAME, OPTIONS, QUESTIONNAIRE, question

MEANINGS = {1: Text(fi="ei koskaan", en="never", sv="aldrig"), 5: Text(fi="aina", en="always", sv="alltid")}


def asked(*questions: object) -> Questionnaire:
    return QUESTIONNAIRE.model_copy(update={"questions": questions})


def item(name: str, *questions: object) -> Item:
    return next(one for one in items_of(asked(*questions)) if one.name == name)


def test_a_scale_gives_its_mean_and_a_share_for_each_of_its_levels() -> None:
    items = items_of(asked(question("energy", "scale", low=0, high=3)))
    assert [one.name for one in items] == ["energy", "energy:0", "energy:1", "energy:2", "energy:3"]
    assert [one.kind for one in items] == ["mean", "share", "share", "share", "share"]
    assert {(one.low, one.high, one.unit) for one in items[1:]} == {(0.0, 1.0, "%")}


@pytest.mark.parametrize(
    ("low", "high", "levels"),
    [(1, 5, 5), (0, 10, 11), (-1, 1, 3), (0, 11, 0), (0, 1, 0), (0.5, 4.5, 0)],
    ids=["five", "eleven", "through zero", "twelve are too many", "of two the mean tells", "no whole steps"],
)
def test_only_ordinal_scales_have_a_distribution(low: float, high: float, levels: int) -> None:
    assert len(question("energy", "scale", low=low, high=high).levels) == levels


def test_a_number_has_no_levels() -> None:
    assert [one.name for one in items_of(asked(question("share", "number", low=0, high=5)))] == ["share"]


def test_a_level_at_an_end_is_named_with_what_it_means() -> None:
    energy = question("energy", "scale", meanings=MEANINGS)
    assert item("energy:5", energy).label == Text(fi="5 = aina", en="5 = always", sv="5 = alltid")
    assert item("energy:4", energy).label == Text(fi="4", en="4", sv="4")
    assert item("energy:5", energy).text.fi == "energy suomeksi: 5 = aina"
    assert item("energy", energy).text == energy.text


@pytest.mark.parametrize("kind", ["number", "scale"])
def test_meanings_of_levels_that_a_question_does_not_have_are_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="question energy: meanings are given of levels"):
        question("energy", kind, low=1, high=4, meanings=MEANINGS)


def test_names_of_figures_are_the_same_for_answers_and_for_items() -> None:
    assert (
        [one.name for one in items_of(QUESTIONNAIRE)]
        == list(answer_set(QUESTIONNAIRE, FRAME, []).items)
        == [name for one in QUESTIONNAIRE.questions for name in one.items]
    )


def test_no_rule_looks_at_levels() -> None:
    roles = [question(role, "scale", role=role, practice="p") for role in ("state", "barrier", "practice")]
    looked_at = {one.name for one in items_of(asked(*roles)) if list(bounds(one))}
    assert looked_at == {"state", "barrier", "practice"}


def test_an_answer_counts_for_its_level_and_an_unanswered_question_for_none() -> None:
    questionnaire = asked(
        question("energy", "scale", low=1, high=3), question("place", "choice", options=OPTIONS)
    )
    given = [{"energy": 3}, {"place": "net"}, {"energy": 1, "place": "chair"}]
    segment = {"sub-region": "rovaniemi", "size": "1-9"}
    rows = [
        {"answer": f"a{n}", "organisation": None, "segment": segment, "values": values, "seq": n}
        for n, values in enumerate(given, 1)
    ]
    found = answer_set(questionnaire, FRAME, rows)
    nan = np.nan
    assert found.items == ("energy", "energy:1", "energy:2", "energy:3", "place:net", "place:chair")
    np.testing.assert_equal(
        found.values, [[3, 0, 0, 1, nan, nan], [nan, nan, nan, nan, 1, 0], [1, 1, 0, 0, 0, 1]]
    )


def test_the_distribution_adds_up_to_all_and_gives_the_mean() -> None:
    questionnaire = asked(question("energy", "scale"))
    rng = np.random.default_rng(3)
    segment = {"sub-region": "rovaniemi", "size": "1-9"}
    rows = [
        {
            "answer": f"a{n}",
            "organisation": f"o{rng.integers(9)}",
            "segment": segment,
            "values": {"energy": int(rng.integers(1, 6))},
            "seq": n,
        }
        for n in range(40)
    ]
    found = answer_set(questionnaire, FRAME, rows)
    of_units = np.array([found.values[found.units == unit].mean(axis=0) for unit in np.unique(found.units)])
    np.testing.assert_allclose(of_units[:, 1:].sum(axis=1), 1)
    np.testing.assert_allclose(of_units[:, 1:] @ np.arange(1, 6), of_units[:, 0])
