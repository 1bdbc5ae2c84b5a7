"""What a post stands on is compared with what it was written on."""

from __future__ import annotations

from datetime import date

import pytest

from services.campaign.grounds import Advice, Ground, advice_in, advice_is_gone, compare
from tests.campaign.given import figure, insight, known, recommendation, text, version

ADVICE = Advice("rec1", 1, text("Suositus"))


def now(*insights, advice: Advice | None = None, written: Ground) -> Ground:
    return known(*insights, advice=advice).standing(written)


def test_a_new_revision_with_the_same_figure_and_sentence_is_the_same() -> None:
    written = Ground((insight(),))
    assert (
        compare(written, now(insight(revision=2, released_on=date(2026, 12, 1)), written=written)) == "same"
    )


def test_a_new_figure_is_a_change_of_figures() -> None:
    written = Ground((insight(),))
    assert compare(written, now(insight(revision=2, figure=figure(2.1, 2.5)), written=written)) == "figures"


@pytest.mark.parametrize(
    "change",
    [{"direction": "high"}, {"rule": "strength"}, {"topic": "wellbeing"}, {"segment": {"size": "10-49"}}],
)
def test_another_statement_is_a_restatement(change: dict[str, object]) -> None:
    written = Ground((insight(),))
    assert compare(written, now(insight(revision=2, **change), written=written)) == "restated"


def test_the_worst_difference_counts() -> None:
    written = Ground((insight("i1"), insight("i2"), insight("i3")))
    changed = (insight("i1", 2, figure=figure(1, 2)), insight("i2", 2, direction="high"))
    assert compare(written, now(*changed, insight("i3"), written=written)) == "restated"
    assert compare(written, now(*changed, written=written)) == "gone"


def test_advice_that_is_under_review_or_dropped_is_gone() -> None:
    written = Ground((insight(),), ADVICE)
    reviewed = advice_in(version(2, recommendation(under_review=True)))
    assert reviewed == {}
    assert advice_is_gone(written, now(insight(), written=written))
    assert not advice_is_gone(written, now(insight(), advice=ADVICE, written=written))


def test_advice_reworded_is_a_change_to_tell_of() -> None:
    written = Ground((insight(),), ADVICE)
    reworded = Advice("rec1", 2, text("Toinen"))
    assert compare(written, now(insight(), advice=reworded, written=written)) == "figures"


def test_a_ground_is_synthetic_when_any_part_of_it_is() -> None:
    assert not Ground((insight(),), ADVICE).synthetic
    assert Ground((insight(), insight("i2", synthetic=True))).synthetic
    assert Ground((insight(),), Advice("rec1", 1, text("Suositus"), synthetic=True)).synthetic


def test_the_references_name_every_insight_revision_and_the_advice() -> None:
    found = Ground((insight("i1", 3), insight("i2")), ADVICE).evidence
    assert [(one.kind, one.key, one.revision) for one in found] == [
        ("insight", "i1", 3),
        ("insight", "i2", 1),
        ("recommendation", "rec1", 1),
    ]
