"""Rules of visits and outcomes, against a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.coaching import commands
from services.coaching.outcomes import Measurement
from services.coaching.store import visits
from shared.db import Database
from shared.errors import Invalid, NotFound, Refused
from tests.coaching.acts import (
    agree,
    audited,
    book_of,
    emitted,
    items_of,
    measure,
    organisation,
    start,
)
from tests.coaching.given import (
    TODAY,
    insight,
    recommendation,
    retracted,
)


async def test_a_visit_is_kept_with_its_actions_and_audited(database: Database, play) -> None:
    await start(database)
    await play(insight())
    agreed = await agree(database, "p1")
    async with database.transaction() as tx:
        (row,) = await visits.list_visits(tx, "o1")
        (action,) = (await visits.list_actions(tx, ["o1"]))["o1"]
    assert (row["visit"], row["coach"], row["note"]) == ("v1", "ann", "…")
    assert (action.action, action.practice, action.evidence[0].key) == (agreed["p1"], "p1", "i1")
    assert (await audited(database))[-1] == "visit_recorded"


async def test_a_visit_that_is_sent_twice_is_kept_once(database: Database, play) -> None:
    await start(database, organisation("o1"), organisation("o2"))
    await play(insight())
    assert await agree(database, "p1") == await agree(database, "p1")
    with pytest.raises(Refused, match="another organisation"):
        await agree(database, "p1", key="o2")


async def test_what_is_refused_leaves_nothing_behind(database: Database, play) -> None:
    await start(database)
    await play(insight())
    with pytest.raises(Refused):
        await agree(database, "p1", "p2")
    async with database.transaction() as tx:
        assert await visits.list_visits(tx, "o1") == []


async def test_advice_that_is_acted_on_is_suspended_when_its_evidence_goes(database: Database, play) -> None:
    await start(database)
    await play(insight())
    await agree(database, "p1")
    await play(retracted())
    (item,) = (await book_of(database)).items
    assert item.status == "suspended"
    assert "import of the answers was undone" in item.suspended_because[0].en
    await play(insight("i9"))
    assert await items_of(database) == [("p1", "active")]


async def test_a_cancelled_action_no_longer_holds_advice(database: Database, play) -> None:
    await start(database)
    await play(insight())
    agreed = await agree(database, "p1")
    await play(retracted())
    async with database.transaction() as tx:
        await commands.cancel_action(tx, "ann", agreed["p1"])
    await play()
    assert await items_of(database) == []


async def test_an_outcome_is_announced_without_the_organisation_with_the_evidence_of_the_advice(
    database: Database, play
) -> None:
    await start(database, organisation("ravintola-tunturi"))
    await play(insight(), recommendation())
    agreed = await agree(database, "p1", key="ravintola-tunturi")
    outcome = await measure(database, agreed["p1"])
    (row,) = await emitted(database, "outcome_recorded")
    assert row["key"] == outcome
    assert "ravintola" not in row["body"]
    assert '"measured_on":"2026-11"' in row["body"]
    assert '"key":"i1"' in row["body"]
    assert '"key":"rec1"' in row["body"]


async def test_outcomes_move_the_ranking_and_withdrawing_moves_it_back(database: Database, play) -> None:
    await start(database)
    await play(insight(), insight("i2", topic="wellbeing"))
    assert [p for p, _ in await items_of(database)] == ["p1", "p2"]
    outcome = await measure(database, (await agree(database, "p1"))["p1"], kept=False, after=2)
    await play()
    assert [p for p, _ in await items_of(database)] == ["p2", "p1"]
    async with database.transaction() as tx:
        await commands.withdraw_outcome(tx, "ann", outcome)
    await play()
    assert [p for p, _ in await items_of(database)] == ["p1", "p2"]
    assert [r["revision"] for r in await emitted(database, "outcome_withdrawn")] == [2]
    assert (await audited(database))[-1] == "outcome_withdrawn"


async def test_after_a_withdrawn_outcome_the_action_waits_for_another(database: Database, play) -> None:
    await start(database)
    await play(insight())
    action = (await agree(database, "p1"))["p1"]
    first = await measure(database, action)
    with pytest.raises(Refused, match="already has an outcome"):
        await measure(database, action)
    async with database.transaction() as tx:
        await commands.withdraw_outcome(tx, "ann", first)
    assert await measure(database, action) != first


async def test_an_outcome_before_the_agreement_is_refused(database: Database, play) -> None:
    await start(database)
    await play(insight())
    action = (await agree(database, "p1"))["p1"]
    early = Measurement(before=1, after=2, kept=True, measured_on=TODAY - timedelta(days=1))
    with pytest.raises(Invalid):
        async with database.transaction() as tx:
            await commands.record_outcome(tx, "ann", action, early)


@pytest.mark.parametrize("call", ["cancel_action", "withdraw_outcome"])
async def test_what_is_not_there_is_said_not_to_be(database: Database, call: str) -> None:
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await getattr(commands, call)(tx, "ann", "nothing")
