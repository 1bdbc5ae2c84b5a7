"""Any order and any repeats of what other services say end in the same playbooks."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.coaching.handlers import events
from shared.backbone import outbox
from shared.db import Database
from shared.events import (
    Event,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    PracticeContributed,
    PracticeContributionWithdrawn,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
    RecommendationRevised,
)
from tests.coaching.acts import agree, book_of, empty, organisation, start
from tests.coaching.given import indication, indication_retracted, insight, recommendation, retracted

# One history for each thing that is spoken about; a draw takes the beginning of each.
HISTORIES: list[list[Event]] = [
    [
        insight("i1"),
        insight("i1", 2, segment={"size": "1-9"}, certainty="high"),
        retracted("i1", 3, "erased"),
        insight("i1", 4, certainty="low"),
    ],
    [
        indication("d1", topic="wellbeing"),
        indication_retracted("d1", 2),
        indication("d1", 3, topic="wellbeing"),
    ],
    [insight("x", rule="barrier"), retracted("x", 2, "demoted")],
    [indication("x", 3, rule="barrier"), indication_retracted("x", 4)],
    [insight("g", rule="practice", practice="p2", direction="high"), retracted("g", 2, "no_longer_holds")],
    [
        recommendation("r", 1, status="proposed", practice="p2"),
        recommendation("r", 2, practice="p2"),
        recommendation("r", 3, status="under_review", practice="p2"),
    ],
]


@st.composite
def told(draw: st.DrawFn) -> tuple[list[Event], list[Event], list[bool]]:
    """A history in its order, the same shuffled with repeats, and where playbooks are remade meanwhile."""
    in_order = [fact for history in HISTORIES for fact in history[: draw(st.integers(0, len(history)))]]
    again = draw(st.lists(st.sampled_from(in_order), max_size=6)) if in_order else []
    shuffled = draw(st.permutations([*in_order, *again]))
    remade = draw(st.lists(st.booleans(), min_size=len(shuffled), max_size=len(shuffled)))
    return in_order, shuffled, remade


async def begin(database: Database, play: Any) -> None:
    """Two organisations; one of them acts on advice that stood on the first state of `i1`."""
    async with database.transaction() as tx:
        await empty(tx)
    await start(database, organisation("o1"), organisation("o2", size="1-9"))
    await play(HISTORIES[0][0])
    await agree(database, "p1")
    await play()


async def playbooks_after(database: Database, play: Any, facts: list[Event], remade: list[bool]) -> list[Any]:
    await begin(database, play)
    for fact, remake in zip(facts, remade, strict=True):
        await play(fact, remake=remake)
    await play()
    return [(await book_of(database, key)).items for key in ("o1", "o2")]


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(told())
async def test_any_order_and_any_repeats_end_in_the_same_playbooks(
    database: Database, play: Any, told: tuple[list[Event], list[Event], list[bool]]
) -> None:
    in_order, shuffled, remade = told
    expected = await playbooks_after(database, play, in_order, [False] * len(in_order))
    assert await playbooks_after(database, play, shuffled, remade) == expected
    async with database.transaction() as tx:
        remakes = select(outbox.c.key, outbox.c.revision).where(outbox.c.type.like("%playbook_remade%"))
        rows = [(row["key"], row["revision"]) for row in await tx.all(remakes.order_by(outbox.c.position))]
    for key in {key for key, _ in rows}:
        revisions = [revision for of, revision in rows if of == key]
        assert revisions == list(range(1, len(revisions) + 1))


async def test_an_older_state_never_undoes_a_newer_one(database: Database, play: Any) -> None:
    await begin(database, play)
    await play(retracted("i1", 3), insight("i1", 2), insight("i1", 1))
    assert [item.status for item in (await book_of(database)).items] == ["suspended"]


def test_the_service_listens_to_findings_recommendations_and_suggestions() -> None:
    assert set(events.by_event) == {
        InsightReleased,
        InsightRetracted,
        IndicationReleased,
        IndicationRetracted,
        RecommendationRevised,
        PracticeContributed,
        PracticeContributionWithdrawn,
        PracticeSuggested,
        PracticeSuggestionWithdrawn,
    }
