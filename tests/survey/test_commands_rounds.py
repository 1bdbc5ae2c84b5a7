"""Rounds are created once, opened and closed in their order."""

from __future__ import annotations

from datetime import date

import pytest

from services.survey.commands.rounds import close_overdue_rounds, close_round, create_round, open_round
from services.survey.store.rounds import list_rounds, list_rounds_with_counts, load_form
from shared.db import Database
from shared.errors import Invalid, NotFound, Refused
from tests.survey.acts import answer, create
from tests.survey.asked import QUESTIONNAIRE, round_
from tests.survey.conftest import Clock


async def test_a_round_is_kept_with_what_it_asks(database: Database) -> None:
    await create(database)
    async with database.transaction() as tx:
        form = await load_form(tx, "r1")
    assert (form.round, form.questionnaire) == (round_(), QUESTIONNAIRE)


async def test_a_known_questionnaire_need_not_be_given_again(database: Database) -> None:
    await create(database)
    async with database.transaction() as tx:
        assert await create_round(tx, round_("r2"), None, "analyst") == QUESTIONNAIRE


async def test_a_round_needs_a_questionnaire_that_is_known(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(Invalid, match="questionnaire “trial”, which is not given and not known"):
            await create_round(tx, round_(), None, "analyst")


async def test_a_round_cannot_be_created_twice(database: Database) -> None:
    await create(database)
    with pytest.raises(Refused, match="There is a round “r1” already"):
        await create(database)


async def test_a_changed_questionnaire_needs_a_new_version(database: Database) -> None:
    await create(database)
    changed = QUESTIONNAIRE.model_copy(update={"questions": QUESTIONNAIRE.questions[:2]})
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="Give the changed one a new version"):
            await create_round(tx, round_("r2"), changed, "analyst")
    async with database.transaction() as tx:
        await create_round(tx, round_("r2"), changed.model_copy(update={"version": 2}), "analyst")
        assert (await load_form(tx, "r2")).questionnaire.version == 2
        assert (await load_form(tx, "r1")).questionnaire.version == 1


async def test_a_planned_round_opens_and_an_open_one_closes(database: Database) -> None:
    await create(database, status="planned")
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="Only an open round"):
            await close_round(tx, "r1", "analyst")
    async with database.transaction() as tx:
        await open_round(tx, "r1", "analyst")
        assert [r.round for r in await list_rounds(tx, status="open")] == ["r1"]
        await close_round(tx, "r1", "analyst")
        assert "releases" in tx.signals
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="a closed one stays closed"):
            await open_round(tx, "r1", "analyst")
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await open_round(tx, "nowhere", "analyst")


async def test_a_round_closes_by_itself_after_its_last_day_in_the_region(
    database: Database, clock: Clock
) -> None:
    await create(database, closes_on=date(2026, 11, 24))
    clock.move(hours=9, minutes=59)  # 23.59 in Lapland
    async with database.transaction() as tx:
        await close_overdue_rounds(tx)
        assert (await load_form(tx, "r1")).round.status == "open"
    clock.move(minutes=1)
    async with database.transaction() as tx:
        await close_overdue_rounds(tx)
        assert (await load_form(tx, "r1")).round.status == "closed"


async def test_staff_see_how_many_answered(database: Database) -> None:
    await create(database)
    await create(database, "r2")
    await answer(database, "nonce-000000000001", organisation="firma-1")
    await answer(database, "nonce-000000000002", organisation="firma-1")
    await answer(database, "nonce-000000000003")
    async with database.transaction() as tx:
        found = {r.round.round: (r.answers, r.organisations) for r in await list_rounds_with_counts(tx)}
    assert found == {"r1": (3, 1), "r2": (0, 0)}
