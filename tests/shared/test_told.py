"""What a service said of a thing, and what led to it, is read from its outbox: nothing else keeps it."""

from __future__ import annotations

from shared.db import Database
from shared.events import OutcomeWithdrawn
from shared.origins import Origin
from shared.told import list_told
from tests.shared.given import NOW, story

TRACE = "a" * 32


def withdrawn(revision: int) -> OutcomeWithdrawn:
    return OutcomeWithdrawn(
        revision=revision, occurred_at=NOW, outcome="o1", practice="p1", topic="wellbeing"
    )


async def test_each_word_is_told_newest_first_with_its_request_its_cause_and_its_trace(
    database: Database,
) -> None:
    async with database.transaction(Origin("c1")) as tx:
        tx.emit(withdrawn(1))
    async with database.transaction(Origin("c2", "e1", f"00-{TRACE}-{'b' * 16}-00")) as tx:
        tx.emit(withdrawn(2))
    async with database.transaction() as tx:
        told = await list_told(tx, "coaching", "o1")
    assert [(one.revision, one.correlation, one.cause, one.trace) for one in told] == [
        (2, "c2", "e1", TRACE),
        (1, "c1", None, None),
    ]


async def test_what_is_told_is_never_what_was_said(database: Database) -> None:
    async with database.transaction() as tx:
        tx.emit(story(text="secret"))
    async with database.transaction() as tx:
        told = await list_told(tx, "campaign", "s1")
    assert len(told) == 1
    assert "secret" not in told[0].model_dump_json()


async def test_only_the_thing_that_is_asked_for_is_told_of(database: Database) -> None:
    async with database.transaction() as tx:
        tx.emit(story("s1"))
        tx.emit(story("s2"))
    async with database.transaction() as tx:
        assert len(await list_told(tx, "campaign", "s1")) == 1
        assert await list_told(tx, "coaching", "s1") == []
