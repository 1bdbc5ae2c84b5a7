"""Rules of remaking playbooks, against a real database."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from services.coaching import commands
from services.coaching.store import organisations, playbooks
from services.coaching.tables import changes
from shared.db import Database
from tests.coaching.acts import (
    agree,
    book_of,
    emitted,
    items_of,
    organisation,
    start,
)
from tests.coaching.given import (
    indication,
    indication_retracted,
    insight,
    recommendation,
    retracted,
)


async def test_are_remade_when_a_finding_comes_and_goes(database: Database, play) -> None:
    await start(database)
    await play(insight())
    assert await items_of(database) == [("p1", "active")]
    await play(retracted())
    assert await items_of(database) == []
    assert [row["revision"] for row in await emitted(database, "playbook_remade")] == [1, 2]


async def test_only_organisations_that_a_finding_is_about_are_behind(database: Database, play) -> None:
    await start(database, organisation("small", size="1-9"), organisation("large", size="250+"))
    await play()
    await play(insight(segment={"size": "1-9"}), remake=False)
    async with database.transaction() as tx:
        assert await organisations.count_stale(tx) == 1
        await organisations.mark_stale(tx)
        behind = await playbooks.lock_stale(tx, 10)
        assert [book.organisation for book, _ in behind] == ["small"]
        assert await tx.value(select(func.count()).select_from(changes)) == 0


async def test_follow_a_finding_that_moves_to_another_segment(database: Database, play) -> None:
    await start(database, organisation("small", size="1-9"), organisation("large", size="250+"))
    await play(insight(segment={"size": "1-9"}))
    await play(insight(revision=2, segment={"size": "250+"}))
    assert await items_of(database, "small") == []
    assert await items_of(database, "large") == [("p1", "active")]


async def test_are_announced_only_when_their_content_changed(database: Database, play) -> None:
    await start(database)
    await play(insight())
    await play(insight())
    await play(insight("other", topic="recruitment"))
    assert len(await emitted(database, "playbook_remade")) == 1


async def test_stand_on_indications_that_say_so(database: Database, play) -> None:
    await start(database)
    await play(indication())
    (item,) = (await book_of(database)).items
    assert item.only_indications
    await play(indication_retracted())
    assert await items_of(database) == []


async def test_keep_an_indication_of_a_finding_that_was_demoted(database: Database, play) -> None:
    await start(database)
    await play(insight("x"), retracted("x", reason="demoted"), indication("x", 3))
    (item,) = (await book_of(database)).items
    assert [ground.tier for ground in item.grounds] == ["indication"]


async def test_follow_a_recommendation_through_its_states(database: Database, play) -> None:
    await start(database)
    for revision, status, expected in (
        (1, "proposed", []),
        (2, "adopted", [("p2", "active")]),
        (3, "under_review", []),
        (4, "adopted", [("p2", "active")]),
        (5, "retired", []),
    ):
        await play(recommendation(revision=revision, status=status, practice="p2"))
        assert await items_of(database) == expected


async def test_remake_in_batches_until_none_is_behind(database: Database, play, monkeypatch) -> None:
    monkeypatch.setattr("services.coaching.commands.playbooks.BATCH", 2)
    await start(database, *(organisation(f"o{n}") for n in range(5)))
    await play(insight())
    async with database.transaction() as tx:
        assert await organisations.count_stale(tx) == 0
        counted = await playbooks.count_playbooks(tx)
    assert dict(counted) == {
        "organisations": 5,
        "playbooks": 5,
        "playbooks_changed": 5,
        "items": 5,
        "suspended": 0,
    }


async def test_a_change_during_a_remake_is_not_lost(database: Database, play) -> None:
    await start(database)
    async with database.transaction() as remaking:
        await commands.remake_playbooks(remaking)
        async with database.transaction() as handling:
            await commands.keep_finding(handling, insight())
    await play()
    assert await items_of(database) == [("p1", "active")]


async def test_a_remake_does_not_wait_for_an_organisation_that_is_being_edited(
    database: Database, play
) -> None:
    await start(database, organisation("o1"), organisation("o2"))
    await play(insight(), remake=False)
    async with database.transaction() as editing:
        await organisations.find_organisations(editing, ["o1"])
        async with asyncio.timeout(10), database.transaction() as remaking:
            await commands.remake_playbooks(remaking)
        assert await items_of(database, "o2") == [("p1", "active")]
        assert await items_of(database, "o1") == []
    await play()
    assert await items_of(database, "o1") == [("p1", "active")]


async def test_the_event_holds_a_pseudonym_and_no_organisation(database: Database, play) -> None:
    await start(database, organisation("ravintola-tunturi"))
    await play(insight())
    (row,) = await emitted(database, "playbook_remade")
    assert row["stream"] == "INTERNAL"
    assert "ravintola" not in row["body"] + row["key"] + row["subject"]


async def test_a_cause_that_changes_far_away_reaches_those_who_act_on_the_advice(
    database: Database, play
) -> None:
    await start(database, organisation("large", size="250+"))
    await play(insight())
    await agree(database, "p1", key="large")
    await play(insight(revision=2, segment={"size": "1-9"}))
    await play(retracted(revision=3, reason="erased"), remake=False)
    async with database.transaction() as tx:
        assert await organisations.count_stale(tx) == 1
    await play()
    (item,) = (await book_of(database, "large")).items
    assert "erased" in item.suspended_because[0].en


async def test_a_demoted_finding_whose_indication_went_too_names_the_later_cause(
    database: Database, play
) -> None:
    await start(database)
    await play(insight("x"))
    await agree(database, "p1")
    await play(retracted("x", reason="demoted"), indication("x", 3))
    await play(indication_retracted("x", 4))
    (item,) = (await book_of(database)).items
    assert [cause.en for cause in item.suspended_because] == [
        "The newest release no longer supports the finding."
    ]
