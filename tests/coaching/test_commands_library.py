"""Rules of the library and of what answers suggest, against a real database."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from services.coaching import commands
from services.coaching.store import facts, practices
from services.coaching.tables import suggestions
from shared import dead_letters
from shared.backbone import dead_letters as letters
from shared.db import Database
from shared.errors import NotFound, Refused
from shared.events import PracticeSuggested, PracticeSuggestionWithdrawn
from tests.coaching.acts import (
    LIBRARY,
    audited,
    emitted,
    items_of,
    start,
)
from tests.coaching.given import (
    NOW,
    insight,
    practice,
    suggestion,
)


class TestTheLibrary:
    async def test_is_seeded_once_and_every_practice_is_announced(self, database: Database) -> None:
        async with database.transaction() as tx:
            assert await commands.seed_library(tx, LIBRARY) == 2
        async with database.transaction() as tx:
            assert await commands.seed_library(tx, LIBRARY) == 0
        assert [row["key"] for row in await emitted(database, "practice_published")] == ["p1", "p2"]

    async def test_what_editors_changed_is_never_seeded_over(self, database: Database) -> None:
        await start(database)
        wording = practice(title={"fi": "Uusi", "en": "New"}).wording
        async with database.transaction() as tx:
            await commands.reword_practice(tx, "eve", "p1", wording)
            await commands.withdraw_practice(tx, "eve", "p2")
            await commands.seed_library(tx, LIBRARY)
            library = {p.practice: p for p in await practices.list_practices(tx)}
        assert library["p1"].title.en == "New"
        assert library["p2"].status == "withdrawn"

    async def test_an_edit_is_announced_with_the_next_revision_and_audited(self, database: Database) -> None:
        await start(database)
        async with database.transaction() as tx:
            wording = practice(title={"fi": "Uusi", "en": "New"}).wording
            await commands.reword_practice(tx, "eve", "p1", wording)
            await commands.reword_practice(tx, "eve", "p1", wording)
        revisions = [(row["key"], row["revision"]) for row in await emitted(database, "practice_published")]
        assert revisions == [("p1", 1), ("p2", 1), ("p1", 2)]
        assert (await audited(database)).count("practice_reworded") == 1

    async def test_a_new_practice_gets_a_key_of_its_own(self, database: Database) -> None:
        async with database.transaction() as tx:
            made = await commands.add_practice(tx, "eve", practice().wording)
            assert made.practice == "title-of-p1"
            with pytest.raises(Refused, match="already"):
                await commands.add_practice(tx, "eve", practice().wording)

    async def test_one_that_is_added_twice_at_the_same_time_is_added_once(self, database: Database) -> None:
        async def add() -> None:
            async with database.transaction() as tx:
                await commands.add_practice(tx, "eve", practice().wording)

        async with database.transaction() as tx:
            await commands.add_practice(tx, "eve", practice().wording)
            second = asyncio.create_task(add())
            await asyncio.sleep(0.3)
            assert not second.done()
        with pytest.raises(Refused, match="already"):
            await second
        assert [row["revision"] for row in await emitted(database, "practice_published")] == [1]

    async def test_withdrawing_a_practice_takes_it_out_of_playbooks(self, database: Database, play) -> None:
        await start(database)
        await play(insight())
        assert await items_of(database) == [("p1", "active")]
        async with database.transaction() as tx:
            await commands.withdraw_practice(tx, "eve", "p1")
        await play()
        assert await items_of(database) == []


class TestSuggestions:
    async def waiting(self, database: Database) -> list[str]:
        async with database.transaction() as tx:
            return [row["key"] for row in await facts.list_suggestions(tx)]

    async def test_wait_for_an_editor_until_one_decides(self, database: Database, play) -> None:
        await start(database)
        await play(suggestion("s1"), suggestion("s2"), suggestion("s3"), suggestion("s4"))
        async with database.transaction() as tx:
            made = await commands.accept_suggestion(tx, "eve", "s1", practice("x").wording)
            await commands.merge_suggestion(tx, "eve", "s2", "p1")
            await commands.decline_suggestion(tx, "eve", "s3")
        assert made.practice == "title-of-x"
        assert await self.waiting(database) == ["s4"]

    async def test_are_decided_on_once(self, database: Database, play) -> None:
        await start(database)
        await play(suggestion("s1"))
        async with database.transaction() as tx:
            await commands.decline_suggestion(tx, "eve", "s1")
            with pytest.raises(Refused, match="already"):
                await commands.merge_suggestion(tx, "eve", "s1", "p1")

    async def test_cannot_be_merged_into_what_is_not_there(self, database: Database, play) -> None:
        await play(suggestion("s1"))
        with pytest.raises(NotFound):
            async with database.transaction() as tx:
                await commands.merge_suggestion(tx, "eve", "s1", "p9")
        assert await self.waiting(database) == ["s1"]

    @pytest.mark.parametrize("late", [False, True])
    async def test_that_are_withdrawn_leave_no_text_whatever_comes_first(
        self, database: Database, play, late: bool
    ) -> None:
        said = suggestion("s1", text="teksti tuo pullaa")
        gone = PracticeSuggestionWithdrawn(suggestion="s1", revision=2, occurred_at=NOW)
        letter = dead_letters.Letter("h", "e1", PracticeSuggested.type_name(), "x.s1", "s1", "teksti", {})
        async with database.transaction() as tx:
            await dead_letters.save(tx, letter, "reason", 1)
        await play(*([gone, said] if late else [said, gone]))
        async with database.transaction() as tx:
            kept = await tx.value(select(suggestions.c.state))
            assert "teksti" not in str(kept)
            assert await tx.value(select(func.count()).select_from(letters)) == 0
            with pytest.raises(NotFound):
                await facts.load_suggestion(tx, "s1")
        assert await self.waiting(database) == []
