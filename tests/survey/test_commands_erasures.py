"""Erased answers go at once, with their texts; only that they went stays."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.survey.commands.erasures import erase_by_receipt, erase_import, erase_organisation
from services.survey.commands.releases import release_round
from services.survey.store.answers import load_answer_set
from services.survey.store.erasures import list_erasures
from shared.db import Database
from shared.errors import Invalid, NotFound, Refused
from shared.events import PracticeSuggested, PracticeSuggestionWithdrawn
from tests.survey.acts import answer, bring_in, count, create, emitted
from tests.survey.asked import KEY


async def test_a_receipt_erases_its_answer_and_nothing_else(database: Database) -> None:
    await create(database)
    mine = await answer(database, "nonce-000000000001", open={"worked": "Minun tapani", "learned": "Opin"})
    await answer(database, "nonce-000000000002")
    async with database.transaction() as tx:
        erasure = await erase_by_receipt(tx, mine.receipt.lower(), "public")
    assert (erasure.answers, erasure.rounds) == (1, ("r1",))
    assert await count(database, "answers") == 1
    assert await count(database, "open_answers") == 1
    async with database.transaction() as tx:
        with pytest.raises(NotFound, match="may have been erased already"):
            await erase_by_receipt(tx, mine.receipt, "public")
    async with database.transaction() as tx:
        with pytest.raises(Invalid):
            await erase_by_receipt(tx, "no receipt", "public")


async def test_an_erased_answer_cannot_come_back_by_sending_it_again(database: Database) -> None:
    await create(database)
    mine = await answer(database)
    async with database.transaction() as tx:
        await erase_by_receipt(tx, mine.receipt, "public")
    with pytest.raises(Refused, match="This answer was taken back"):
        await answer(database)
    assert await count(database, "answers") == 0


async def test_a_suggested_practice_is_withdrawn_and_its_text_forgotten(database: Database) -> None:
    await create(database)
    mine = await answer(database, open={"worked": "Vain meidän tapamme"})
    (suggested,) = await emitted(database)
    assert isinstance(suggested, PracticeSuggested)
    async with database.transaction() as tx:
        await erase_by_receipt(tx, mine.receipt, "public")
    (left,) = await emitted(database)
    assert isinstance(left, PracticeSuggestionWithdrawn)
    assert (left.suggestion, left.revision) == (suggested.suggestion, 2)
    async with database.transaction() as tx:
        assert await tx.value(text("SELECT subject FROM purges")) == suggested.subject
        outbox = await tx.all(text("SELECT body FROM outbox"))
    assert "Vain" not in str([dict(row) for row in outbox])


async def test_what_stays_of_a_unit_is_its_cell_and_what_it_had_answered(database: Database) -> None:
    await create(database)
    for number, size in ((1, "1-9"), (2, "10-49"), (3, "10-49")):
        background = {"municipality": "698", "size": size}
        await answer(
            database,
            f"nonce-{number:012d}",
            organisation="firma" if number < 3 else "",
            background=background,
            values={"energy": 3, "barriers": []},
        )
    async with database.transaction() as tx:
        erasure = await erase_organisation(tx, "FIRMA", KEY, "analyst")
        found = await load_answer_set(tx, "r1")
    assert erasure.answers == 2
    assert len(found.ids) == 1
    (gone,) = found.erased
    # The second answer named another size, but the organisation lies in the cell of its first.
    assert gone.segment == {"sub-region": "rovaniemi", "size": "1-9"}
    levels = {f"energy:{level}" for level in range(1, 6)}
    assert gone.items == {"energy", *levels, "barriers:net", "barriers:chair"}
    assert (gone.erasure, gone.since) == (erasure.erasure, 1)
    assert gone.seq > found.seqs.max()


async def test_an_organisation_that_never_answered_has_nothing_to_erase(database: Database) -> None:
    await create(database)
    await answer(database, organisation="firma")
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await erase_organisation(tx, "toinen", KEY, "analyst")
    assert await count(database, "answers") == 1


async def test_an_undone_import_takes_its_answers_away(database: Database) -> None:
    rows = ("Inari,1-9,4,,a-firma", "Ranua,1-9,4,,a-firma", "Inari,1-9,2,,")
    first = await bring_in(database, *rows)
    second = await bring_in(database, "Inari,1-9,5,,")
    async with database.transaction() as tx:
        erasure = await erase_import(tx, first.import_id, "analyst")
        found = await load_answer_set(tx, "imported")
        (listed,) = await list_erasures(tx)
    assert erasure.answers == 3
    assert found.values[:, 0].tolist() == [5]
    assert len(found.erased) == 2
    assert (listed["kind"], listed["import"], listed["answers"]) == ("import", first.import_id, 3)
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="undone before"):
            await erase_import(tx, first.import_id, "analyst")
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await erase_import(tx, "no-import", "analyst")
    again = await bring_in(database, *rows)
    assert again.import_id not in (first.import_id, second.import_id)


async def test_a_round_is_judged_anew_at_once_when_an_import_is_undone_and_not_for_one_answer(
    database: Database,
) -> None:
    rows = [f"{place},{size},1,," for place in ("Inari", "Ranua") for size in ("1-9", "10-49")] * 15
    report = await bring_in(database, *rows)
    await bring_in(database, *(row.replace(",1,,", ",5,,firma") for row in rows))
    async with database.transaction() as tx:
        await release_round(tx, "imported", "analyst")
    async with database.transaction() as tx:
        await erase_organisation(tx, "firma", KEY, "analyst")
    assert await count(database, "releases") == 1
    async with database.transaction() as tx:
        await erase_import(tx, report.import_id, "analyst")
    assert await count(database, "releases") == 2


async def test_each_person_is_a_unit_in_a_round_of_people(database: Database) -> None:
    await create(database, unit="person", fpc=False)
    await answer(database, "nonce-000000000001", organisation="firma")
    await answer(database, "nonce-000000000002", organisation="firma")
    async with database.transaction() as tx:
        await erase_organisation(tx, "firma", KEY, "analyst")
        assert len((await load_answer_set(tx, "r1")).erased) == 2
