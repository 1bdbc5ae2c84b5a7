"""Rules of client organisations, against a real database."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.coaching import commands
from services.coaching.store import organisations
from shared.db import Database
from shared.errors import Invalid
from tests.coaching.acts import (
    agree,
    audited,
    book_of,
    emitted,
    measure,
    organisation,
    start,
)
from tests.coaching.given import (
    insight,
)


async def test_sending_the_same_list_again_changes_nothing(database: Database) -> None:
    given = [organisation("a"), organisation("b")]
    async with database.transaction() as tx:
        assert await commands.add_organisations(tx, "ann", given) == {"added": 2, "changed": 0, "same": 0}
    async with database.transaction() as tx:
        assert await commands.add_organisations(tx, "ann", given) == {"added": 0, "changed": 0, "same": 2}
    assert await audited(database) == ["organisations_kept"]


async def test_a_known_key_is_brought_up_to_date_and_keeps_its_playbook(database: Database, play) -> None:
    await start(database)
    await play(insight(segment={"size": "10-49"}))
    before = await book_of(database)
    async with database.transaction() as tx:
        counted = await commands.add_organisations(
            tx, "ann", [organisation(size="50-249"), organisation("o2")]
        )
    assert counted == {"added": 1, "changed": 1, "same": 0}
    await play()
    after = await book_of(database)
    assert (after.playbook, after.items, after.revision) == (before.playbook, (), 2)


async def test_a_list_that_names_one_twice_is_refused_whole(database: Database) -> None:
    with pytest.raises(Invalid, match="Entry 3"):
        async with database.transaction() as tx:
            await commands.add_organisations(
                tx, "ann", [organisation("a"), organisation("b"), organisation("a")]
            )
    async with database.transaction() as tx:
        assert await organisations.list_organisations(tx) == []


async def test_the_municipality_gives_the_sub_region(database: Database) -> None:
    async with database.transaction() as tx:
        await commands.add_organisations(tx, "ann", [organisation(municipality="Sodankylä")])
        kept = await organisations.load_organisation(tx, "o1")
    assert kept.place == {"sub-region": "pohjois-lappi", "size": "10-49", "municipality": "758"}


async def test_a_municipality_outside_the_region_is_refused_without_repeating_it(database: Database) -> None:
    with pytest.raises(Invalid) as caught:
        async with database.transaction() as tx:
            await commands.add_organisations(tx, "ann", [organisation(municipality="Atlantis")])
    assert "Atlantis" not in caught.value.message


async def test_one_that_withdraws_is_forgotten_and_its_outcomes_stop_counting(
    database: Database, play
) -> None:
    await start(database, organisation("o1"), organisation("o2"))
    await play(insight())
    outcome = await measure(database, (await agree(database, "p1"))["p1"])
    await play()
    assert ("outcome", outcome) in [
        (r.kind, r.key) for r in (await book_of(database, "o2")).items[0].evidence
    ]
    async with database.transaction() as tx:
        await commands.remove_organisation(tx, "ann", "o1")
    await play()
    assert all(ref.kind != "outcome" for ref in (await book_of(database, "o2")).items[0].evidence)
    assert [(r["key"], r["revision"]) for r in await emitted(database, "outcome_withdrawn")] == [(outcome, 2)]
    assert [row["body"] for row in await emitted(database, "outcome_recorded")] == []
    bodies = [row["body"] for row in await emitted(database, "playbook_remade")]
    assert len([body for body in bodies if '"items":[]' in body]) == 1
    async with database.transaction() as tx:
        for table in ("organisations", "playbooks"):
            assert await tx.value(text(f"SELECT count(*) FROM {table}")) == 1  # noqa: S608
        for table in ("visits", "actions", "outcomes"):
            assert await tx.value(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608
