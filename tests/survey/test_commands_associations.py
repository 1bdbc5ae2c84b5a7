"""Staff can ask whether an item goes together with a dimension, and are told nothing of sparse tables."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.survey.associations import associate
from services.survey.store.answers import load_answer_set
from services.survey.store.questions import load_question_answers
from services.survey.store.rounds import load_form
from shared.db import Database
from tests.survey.acts import answer, create

URL = "/admin/api/rounds/r1/independence"


async def some_answers(database: Database, count: int) -> None:
    """By the hundredth organisation `place` follows the size."""
    for number in range(count):
        size = "1-9" if number % 2 else "10-49"
        values: dict[str, Any] = {
            "energy": 3,
            "place": "net" if (number % 2) ^ (number % 5 == 0) else "chair",
        }
        if number % 10 == 9:
            del values["place"]
        place = {"municipality": "698" if number % 3 else "758", "size": size}
        nonce = f"nonce-{number:012d}"
        await answer(database, nonce, organisation=f"yritys{number}", values=values, background=place)


@pytest.fixture
async def answered(database: Database) -> Database:
    await create(database)
    await some_answers(database, 80)
    return database


async def test_an_analyst_reads_the_test(
    answered: Database, site: httpx.AsyncClient, analyst: dict[str, str]
) -> None:
    found = await site.get(URL, params={"item": "place", "by": "size"}, headers=analyst)
    assert found.status_code == 200
    told = found.json()
    assert told["units"] == told["organisations"] == 72
    assert told["p"] < 1e-3
    assert (await site.get(URL, params={"item": "place:net", "by": "size"}, headers=analyst)).json()[
        "f"
    ] == pytest.approx(told["f"])


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("item=place&by=industry", 404, "no such dimension"),
        ("item=nothing&by=size", 404, "no such question"),
        ("item=share&by=size", 409, "exclude each other"),
        ("item=energy&by=size", 409, "two categories"),
        ("item=&by=size", 422, ""),
    ],
)
async def test_what_cannot_be_tested_is_said_in_a_sentence(
    answered: Database, site: httpx.AsyncClient, asked: str, status: int, says: str
) -> None:
    found = await site.get(f"{URL}?{asked}", headers={"Authorization": "Bearer token-of-analyst"})
    assert found.status_code == status
    assert says in found.text


async def test_nothing_is_told_of_few_or_none(
    database: Database, site: httpx.AsyncClient, analyst: dict[str, str]
) -> None:
    await create(database)
    for count in (0, 12):
        await some_answers(database, count)
        found = await site.get(URL, params={"item": "place", "by": "size"}, headers=analyst)
        assert found.status_code == 409
        assert not any(name in found.json() for name in ("f", "p", "units"))


async def test_others_do_not_read_it(answered: Database, site: httpx.AsyncClient) -> None:
    coach = {"Authorization": "Bearer token-of-coach"}
    assert (await site.get(URL, params={"item": "place", "by": "size"}, headers=coach)).status_code == 403
    assert (await site.get(URL, params={"item": "place", "by": "size"})).status_code == 401


async def test_one_question_alone_gives_what_all_answers_give(answered: Database) -> None:
    async with answered.transaction() as tx:
        form = await load_form(tx, "r1")
        one, all_ = await load_question_answers(tx, form, "place"), await load_answer_set(tx, "r1")
    assert one.items == ("place:net", "place:chair")
    assert len(one.ids) == len(all_.ids) == 80
    alone, together = (associate(form.round, form.questionnaire, a, "place", "size") for a in (one, all_))
    assert alone == together
