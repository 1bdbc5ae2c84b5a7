"""Tallies are counted up to the last answer, freed of what is erased, and equal to a rebuild."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from services.survey.commands import tallies
from services.survey.commands.erasures import erase_by_receipt, erase_organisation
from services.survey.commands.evidence import estimate, verify_release
from services.survey.commands.releases import release_round
from services.survey.commands.tallies import count_round
from services.survey.counting import count
from services.survey.layers import Layers
from services.survey.store.answers import load_answer_set
from services.survey.store.releases import load_seal_key
from services.survey.store.tallies import load_watermarks
from shared.db import Database
from tests.survey.acts import answer, bring_in, create
from tests.survey.acts import count as rows_of
from tests.survey.asked import KEY, round_

VALUES = {"energy": 4, "share": 62.5, "place": "net", "barriers": ["chair"]}


async def kept(database: Database) -> Layers:
    async with database.transaction() as tx:
        return (await count_round(tx, "r1")).layers


async def rebuilt(database: Database) -> Layers:
    async with database.transaction() as tx:
        answers = await load_answer_set(tx, "r1")
        return count(answers, await load_watermarks(tx, "r1"), await load_seal_key(tx, "r1", b"new"))


async def some_answer(database: Database, number: int, organisation: str = "") -> str:
    values = {**VALUES, "energy": 1 + number % 5, "barriers": [] if number % 3 else ["chair", "net"]}
    place = {"municipality": "698" if number % 3 else "758", "size": "1-9" if number % 2 else "10-49"}
    nonce = f"nonce-{number:012d}"
    accepted = await answer(database, nonce, organisation=organisation, values=values, background=place)
    return accepted.receipt


async def test_whatever_happened_the_tallies_are_those_of_a_rebuild(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "_AT_A_TIME", 4)
    await create(database)
    receipts = [await some_answer(database, n, f"yritys{n % 7}") for n in range(12)]
    assert (await kept(database)).same(await rebuilt(database))
    async with database.transaction() as tx:
        await release_round(tx, "r1", "analyst")
    receipts += [await some_answer(database, n, f"yritys{n % 9}") for n in range(12, 20)]
    receipts += [await some_answer(database, n) for n in range(20, 24)]
    for gone in (receipts[0], receipts[13], receipts[22]):
        async with database.transaction() as tx:
            await erase_by_receipt(tx, gone, "public")
        assert (await kept(database)).same(await rebuilt(database))
    async with database.transaction() as tx:
        await erase_organisation(tx, "yritys1", KEY, "public")
    assert (await kept(database)).same(await rebuilt(database))
    await some_answer(database, 24, "yritys1")
    assert (await kept(database)).same(await rebuilt(database))


async def test_counting_again_reads_only_what_is_new(database: Database) -> None:
    await create(database)
    for number in range(3):
        await some_answer(database, number)
    before = await kept(database)
    async with database.transaction() as tx:
        await tx.run(text("UPDATE answers SET \"values\" = '{}'"))
    assert (await kept(database)).same(before)


async def test_an_erased_answer_leaves_the_kept_tallies_at_once(database: Database) -> None:
    await create(database)
    receipt = await some_answer(database, 1)
    await some_answer(database, 2)
    await kept(database)
    async with database.transaction() as tx:
        await erase_by_receipt(tx, receipt, "public")
        assert await tx.value(text("SELECT sum(arrived) FROM tallies")) == 1
    assert await rows_of(database, "tallies") == 1


async def test_a_tally_that_was_tampered_with_is_found(database: Database) -> None:
    await create(database)
    for number in range(12):
        await some_answer(database, number)
    async with database.transaction() as tx:
        await release_round(tx, "r1", "analyst")
    async with database.transaction() as tx:
        assert (await verify_release(tx, "r1-1")).good
        await tx.run(text("UPDATE tallies SET sums = set_byte(sums, 16, get_byte(sums, 16) # 1)"))
        found = await verify_release(tx, "r1-1")
    assert (found.tallies_agree, found.good) == (False, False)


async def test_tallies_of_other_questions_are_counted_anew(database: Database) -> None:
    await create(database)
    await some_answer(database, 1)
    await kept(database)
    async with database.transaction() as tx:
        await tx.run(text("UPDATE folds SET signature = '{energy}'"))
    assert (await kept(database)).same(await rebuilt(database))


async def test_two_that_count_at_once_count_everything_once(database: Database) -> None:
    await create(database)
    for number in range(6):
        await some_answer(database, number, f"yritys{number % 2}")
    await asyncio.gather(*(kept(database) for _ in range(4)))
    assert (await kept(database)).same(await rebuilt(database))


async def people(database: Database, code: str, *, named: bool) -> float:
    """The judging error of a round of people, five of each of twelve workplaces, who answer alike."""
    rows = [
        f"{'698' if n % 3 else '758'},{'1-9' if n % 2 else '10-49'},{1 + n % 5},,{f'yritys{n}' if named else ''}"
        for n in range(12)
        for _ in range(5)
    ]
    document = round_(code, unit="person", status="closed").model_dump(mode="json")
    await bring_in(database, *rows, mapping=code, round=document)
    async with database.transaction() as tx:
        found = (await estimate(tx, code, item="energy")).estimates[0]
    assert found.judging_se is not None
    return found.judging_se


async def test_people_of_one_workplace_count_as_less_than_so_many_strangers(database: Database) -> None:
    named, strangers = [await people(database, code, named=code == "named") for code in ("named", "strange")]
    assert named > 1.5 * strangers


@pytest.mark.parametrize("named", [True, False])
async def test_the_staff_of_few_workplaces_are_no_crowd(database: Database, named: bool) -> None:
    """Of the north only three workplaces answer, with ten people each."""
    rows = []
    for n in range(12):
        place, size = ("758" if n < 3 else "698"), ("1-9" if n % 2 else "10-49")
        rows += [f"{place},{size},{1 + (n + m) % 5},,{f'yritys{n}' if named else ''}" for m in range(10)]
    document = round_("staffs", unit="person", status="closed").model_dump(mode="json")
    await bring_in(database, *rows, mapping="staffs", round=document)
    async with database.transaction() as tx:
        made = await release_round(tx, "staffs", "analyst")
    shown = {tuple(cell.segment.items()) for cell in made.cells if cell.item == "energy"}
    assert ((("sub-region", "pohjois-lappi"),) in shown) is not named
    assert () in shown
