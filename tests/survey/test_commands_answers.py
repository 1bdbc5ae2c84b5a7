"""Answers are counted once, while their round is open."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from services.survey.commands.answers import Submission, accept_answer
from services.survey.commands.rounds import close_round
from services.survey.receipts import organisation_key
from services.survey.store.answers import NewAnswer, list_texts, load_answer_set, save_answer
from services.survey.submissions import Unanswerable, read_answer
from shared.db import Database
from shared.errors import Invalid, NotFound, Refused
from shared.events import PracticeSuggested
from tests.survey.acts import answer, count, create, emitted
from tests.survey.asked import KEY, NOW, form, raw


async def test_an_accepted_answer_is_stored_under_a_pseudonym(database: Database) -> None:
    await create(database)
    accepted = await answer(database, organisation="1234567-8")
    assert accepted.outcome == "taken"
    async with database.transaction() as tx:
        row = await tx.first(text("SELECT * FROM answers"))
    assert row is not None
    assert row["segment"] == {"sub-region": "rovaniemi", "size": "1-9"}
    assert row["values"] == {"energy": 4, "share": 62.5, "place": "net", "barriers": ["chair"]}
    assert (row["organisation"], row["source"]) == (organisation_key(KEY, "12345678"), "api")
    assert row["received_at"] == NOW
    assert "1234567" not in str(dict(row))
    assert accepted.receipt not in str(dict(row))


async def test_a_repeated_answer_shows_the_first_receipt_and_counts_once(database: Database) -> None:
    await create(database)
    first, second = await answer(database), await answer(database)
    assert (first.outcome, second.outcome) == ("taken", "repeated")
    assert first.receipt == second.receipt
    assert await count(database, "answers") == 1
    assert await count(database, "open_answers") == 1


async def test_twenty_at_once_with_one_key_count_once(database: Database) -> None:
    await create(database)
    found = await asyncio.gather(*(answer(database) for _ in range(20)))
    assert {accepted.receipt for accepted in found} == {found[0].receipt}
    assert sorted(accepted.outcome for accepted in found) == ["repeated"] * 19 + ["taken"]
    assert await count(database, "answers") == 1


async def test_a_program_must_not_use_its_key_for_another_answer(database: Database) -> None:
    await create(database)
    await answer(database)
    with pytest.raises(Refused, match="Another answer was sent with this idempotency key"):
        await answer(database, values={"energy": 1})


async def test_a_form_sent_again_shows_its_receipt_whatever_it_says_now(database: Database) -> None:
    await create(database)
    found = []
    for energy in (4, 1):
        async with database.transaction() as tx:
            sent = Submission("r1", raw(values={"energy": energy}), "nonce-000000000001", "form")
            found.append(await accept_answer(tx, sent, KEY))
    assert found[0].receipt == found[1].receipt
    async with database.transaction() as tx:
        assert await tx.value(text("SELECT \"values\"->>'energy' FROM answers")) == "4"


async def test_a_late_answer_is_not_counted(database: Database) -> None:
    await create(database)
    async with database.transaction() as tx:
        await close_round(tx, "r1", "analyst")
    with pytest.raises(Refused, match="does not take answers now"):
        await answer(database)
    assert await count(database, "answers") == 0


async def test_an_answer_to_a_round_that_closed_since_it_was_read_is_not_counted(database: Database) -> None:
    await create(database, status="closed")
    new = NewAnswer("a1", "r1", read_answer(form(), raw()), None, "api", receipt="r", content="c")
    async with database.transaction() as tx:
        assert await save_answer(tx, new) == "closed"
    assert await count(database, "answers") == 0


async def test_an_answer_that_cannot_be_counted_leaves_nothing(database: Database) -> None:
    await create(database)
    with pytest.raises(Unanswerable):
        await answer(database, background={"municipality": "999", "size": "1-9"})
    with pytest.raises(Invalid, match="organisation code"):
        await answer(database, organisation="?")
    with pytest.raises(Invalid, match="idempotency key"):
        await answer(database, "short")
    with pytest.raises(NotFound):
        await _answer_nowhere(database)
    assert await count(database, "answers") == 0
    assert await emitted(database) == []


async def _answer_nowhere(database: Database) -> None:
    async with database.transaction() as tx:
        await accept_answer(tx, Submission("nowhere", raw(), "nonce-000000000001", "api"), KEY)


async def test_a_practice_named_in_an_answer_is_suggested_and_other_texts_are_not(database: Database) -> None:
    await create(database, synthetic=True)
    await answer(database, open={"worked": "Aamut ilman kokouksia.", "learned": "Paljon."}, language="sv")
    (event,) = await emitted(database)
    assert isinstance(event, PracticeSuggested)
    assert (event.text, event.language, event.topic) == ("Aamut ilman kokouksia.", "sv", "leadership")
    assert (event.revision, event.synthetic) == (1, True)
    async with database.transaction() as tx:
        texts = {row["question"]: row["text"] for row in await list_texts(tx, "r1")}
    assert texts == {"worked": "Aamut ilman kokouksia.", "learned": "Paljon."}


async def test_the_answers_of_a_round_come_as_arrays_in_the_order_of_their_arrival(
    database: Database,
) -> None:
    await create(database)
    await create(database, "r2")
    for number, energy in enumerate((1, 5, 3), start=1):
        firm = "firma" if number < 3 else ""
        await answer(database, f"nonce-{number:012d}", organisation=firm, values={"energy": energy})
    async with database.transaction() as tx:
        found = await load_answer_set(tx, "r1")
        other = await load_answer_set(tx, "r2")
    assert found.values[:, found.items.index("energy")].tolist() == [1, 5, 3]
    assert found.units.tolist() == [0, 0, 1]
    assert list(found.seqs) == sorted(found.seqs)
    assert found.cell_keys == (("rovaniemi", "1-9"),)
    assert other.values.shape[0] == 0


async def test_reading_a_round_waits_for_answers_that_have_a_number_but_no_commit(database: Database) -> None:
    await create(database)
    async with database.transaction() as slow:
        await accept_answer(slow, Submission("r1", raw(), "nonce-000000000001", "api"), KEY)
        reading = asyncio.create_task(_answers(database))
        await asyncio.sleep(0.1)
        assert not reading.done()
    assert await reading == 1


async def _answers(database: Database) -> int:
    async with database.transaction() as tx:
        return len((await load_answer_set(tx, "r1")).ids)
