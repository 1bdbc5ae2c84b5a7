"""An indication may rank advice, by the careful end of its interval and labelled; every retraction reaches advice."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coaching import grounds, reasons
from shared.db import Database
from shared.events.survey import RetractionReason
from tests.coaching.acts import agree, book_of, items_of, start
from tests.coaching.given import (
    figure,
    indication,
    indication_retracted,
    insight,
    practice,
    retracted,
)


def weight(low: float, high: float, **more: Any) -> float:
    ground = grounds.of_finding(indication("d", figure=figure(low, high, **more)), practice())
    assert ground is not None
    return ground.weight


@given(st.floats(1, 5), st.floats(1, 5), st.floats(1, 5))
def test_only_the_careful_end_of_an_indication_counts(low: float, other: float, high: float) -> None:
    low, other, high = sorted((low, other, high))
    # The need points down: what the interval's upper end leaves is the careful reading.
    assert weight(low, high) == weight(other, high, estimate=other)
    assert weight(low, other) >= weight(low, high)


async def test_a_sharp_indication_stands_above_a_far_but_vague_one(database: Database, play: Any) -> None:
    await start(database)
    far = indication("far", figure=figure(1.0, 2.9, estimate=1.6))
    sharp = indication("sharp", topic="wellbeing", figure=figure(2.3, 2.5, estimate=2.4))
    await play(far, sharp)
    book = await book_of(database)
    assert [(item.practice, item.only_indications) for item in book.items] == [("p2", True), ("p1", True)]


@given(st.floats(1, 4.9), st.floats(0, 1), st.sampled_from(["high", "moderate", "low", "very_low"]))
def test_an_indication_never_counts_as_much_as_the_same_confirmed(
    low: float, width: float, sure: str
) -> None:
    shown = figure(low, min(low + width, 5))
    confirmed = grounds.of_finding(insight("i", figure=shown, certainty=sure), practice())
    hint = grounds.of_finding(indication("d", figure=shown, certainty=sure), practice())
    assert confirmed is not None
    assert hint is not None
    assert hint.weight < confirmed.weight
    assert (hint.tier, confirmed.tier) == ("indication", "confirmed")


async def test_a_finding_that_is_demoted_and_confirmed_again_moves_its_advice_both_ways(
    database: Database, play: Any
) -> None:
    await start(database)
    await play(insight("x"), insight("y", topic="wellbeing", certainty="low"))
    first = (await book_of(database)).items
    await play(retracted("x", 2, "demoted"), indication("x", 3))
    lower = (await book_of(database)).items
    await play(indication_retracted("x", 4), insight("x", 5))
    again = (await book_of(database)).items
    assert [item.practice for item in first] == [item.practice for item in again] == ["p1", "p2"]
    assert [(item.practice, item.only_indications) for item in lower] == [("p2", False), ("p1", True)]
    assert [item.score for item in first] == [item.score for item in again]


@pytest.mark.parametrize("reason", get_args(RetractionReason))
async def test_every_retraction_suspends_the_advice_that_is_acted_on_and_says_why(
    database: Database, play: Any, reason: RetractionReason
) -> None:
    await start(database)
    await play(insight("x"))
    await agree(database, "p1")
    await play(retracted("x", reason=reason))
    (item,) = (await book_of(database)).items
    assert (item.status, item.suspended_because) == ("suspended", (reasons.RETRACTED[reason],))


async def test_advice_that_nobody_acts_on_goes_with_its_indication(database: Database, play: Any) -> None:
    await start(database)
    await play(indication("d"))
    assert await items_of(database) == [("p1", "active")]
    await play(indication_retracted("d"))
    assert await items_of(database) == []
