"""From a mark to a finding that says that it is no independent confirmation."""

from __future__ import annotations

from itertools import permutations

import httpx
import pytest
from sqlalchemy import delete, select

from services.survey.commands.coaching import issue_mark
from services.survey.commands.erasures import erase_organisation
from services.survey.commands.releases import release_round
from services.survey.handlers import events
from services.survey.tables.answers import answers
from services.survey.tables.coaching import coached, marks
from shared.db import Database
from shared.errors import Invalid
from shared.events import CoachedTopic, Event, InsightReleased, OrganisationCoached, SurveyMarkWithdrawn
from tests.survey.acts import bring_in, count, emitted
from tests.survey.asked import KEY, NOW

NEED = "imported--energy--need--region"


async def mark_of(database: Database, code: str) -> str:
    async with database.transaction() as tx:
        return await issue_mark(tx, code, KEY)


async def hear(database: Database, *told: Event) -> None:
    for event in told:
        async with database.transaction() as tx:
            await events.by_event[type(event)](event, tx)


def told(mark: str, revision: int = 1, since: str = "2026-03") -> OrganisationCoached:
    topics = (CoachedTopic(topic="wellbeing", since=since),)
    return OrganisationCoached(revision=revision, occurred_at=NOW, mark=mark, topics=topics)


def taken_back(mark: str, revision: int = 2) -> SurveyMarkWithdrawn:
    return SurveyMarkWithdrawn(revision=revision, occurred_at=NOW, mark=mark)


async def answers_of(database: Database) -> None:
    rows = [
        f"{'698' if n % 3 else '148'},{'1-9' if n % 4 else '10-49'},{1 + n % 3},,yritys{n}" for n in range(60)
    ]
    await bring_in(database, *rows)


async def need(database: Database) -> InsightReleased:
    async with database.transaction() as tx:
        await release_round(tx, "imported", "analyst")
    found = [e for e in await emitted(database) if isinstance(e, InsightReleased) and e.insight == NEED]
    return found[-1]


async def test_a_mark_is_the_same_each_time_and_no_other_organisations(database: Database) -> None:
    first = await mark_of(database, "Yritys 1")
    assert await mark_of(database, "yritys-1") == first
    assert await mark_of(database, "yritys2") != first
    assert await count(database, "marks") == 2
    with pytest.raises(Invalid, match="An organisation code has"):
        await mark_of(database, "a!")


async def test_a_mark_tells_neither_the_code_nor_the_pseudonym(database: Database) -> None:
    mark = await mark_of(database, "yritys1")
    async with database.transaction() as tx:
        pseudonym = str(await tx.value(select(marks.c.organisation)))
    plain = mark.replace("-", "").lower()
    assert len(plain) == 12
    assert "yritys" not in plain
    assert plain not in pseudonym


async def test_a_finding_of_which_many_were_coached_is_less_certain_and_says_so(database: Database) -> None:
    await answers_of(database)
    for n in range(10):
        await hear(database, told(await mark_of(database, f"yritys{n}")))
    finding = await need(database)
    assert (finding.coached, finding.certainty) == (True, "low")


@pytest.mark.parametrize(
    ("clients", "since"), [(0, ""), (4, "2026-03"), (10, "2026-12")], ids=["none", "fewer than five", "later"]
)
async def test_a_finding_of_others_stays_as_certain(database: Database, clients: int, since: str) -> None:
    await answers_of(database)
    for n in range(clients):
        await hear(database, told(await mark_of(database, f"yritys{n}"), since=since))
    finding = await need(database)
    assert (finding.coached, finding.certainty) == (False, "moderate")


async def test_a_mark_that_is_taken_back_counts_no_more(database: Database) -> None:
    await answers_of(database)
    for n in range(10):
        mark = await mark_of(database, f"yritys{n}")
        # In whatever order they come.
        await hear(database, *((told(mark), taken_back(mark)) if n % 2 else (taken_back(mark), told(mark))))
    assert not (await need(database)).coached


HISTORY: tuple[Event, ...] = (told("M1"), told("M1", 2, "2026-02"), taken_back("M1", 3), told("M1", 4))


@pytest.mark.parametrize("length", [2, 3, 4], ids=["told more", "taken back", "told again"])
async def test_any_order_of_what_coaching_tells_ends_in_its_last_word(
    database: Database, length: int
) -> None:
    history = HISTORY[:length]
    for order in permutations((*history, history[0])):
        async with database.transaction() as tx:
            await tx.execute(delete(coached))
        await hear(database, *order)
        async with database.transaction() as tx:
            (row,) = await tx.all(select(coached.c.live, coached.c.state))
        last = history[-1]
        assert row["live"] == isinstance(last, OrganisationCoached)
        assert row["state"] == last.model_dump(mode="json")


async def test_everybody_is_told_that_many_behind_a_finding_were_coached(
    site: httpx.AsyncClient, database: Database
) -> None:
    await answers_of(database)
    for n in range(10):
        await hear(database, told(await mark_of(database, f"yritys{n}")))
    await need(database)
    page = (await site.get("/rounds/imported?lang=fi")).text
    assert "moni sen takana on saanut aiheessa valmennusta" in page
    assert (await site.get("/api/insights")).json()[0]["coached"] is True


async def test_the_account_of_a_finding_names_the_doubt(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    await answers_of(database)
    for n in range(10):
        await hear(database, told(await mark_of(database, f"yritys{n}")))
    await need(database)
    account = (await site.get(f"/admin/api/insights/{NEED}/explain", headers=analyst)).json()
    certain = next(step for step in account["steps"] if step["step"] == "certainty")
    assert "coached" in certain["numbers"]["doubts"].split(", ")
    assert certain["numbers"]["certainty"] == certain["numbers"]["now"] == "low"


async def test_an_organisation_that_is_erased_leaves_no_link_between_mark_and_pseudonym(
    database: Database,
) -> None:
    await answers_of(database)
    mark = await mark_of(database, "yritys1")
    await hear(database, told(mark))
    async with database.transaction() as tx:
        await erase_organisation(tx, "yritys1", KEY, "analyst")
        assert await tx.value(select(marks.c.mark)) is None
        assert await tx.value(select(coached.c.key)) == mark


async def test_what_coaching_tells_changes_no_answer(database: Database) -> None:
    await answers_of(database)
    async with database.transaction() as tx:
        before = [dict(row) for row in await tx.all(select(answers).order_by(answers.c.seq))]
    await hear(database, told(await mark_of(database, "yritys1")))
    async with database.transaction() as tx:
        assert [dict(row) for row in await tx.all(select(answers).order_by(answers.c.seq))] == before


async def test_the_page_shows_the_mark_and_says_what_is_wrong_with_a_code(site: httpx.AsyncClient) -> None:
    page = await site.post("/mark", data={"organisation": "yritys1"}, params={"lang": "fi"})
    (mark,) = (await site.post("/api/marks", json={"organisation": "YRITYS 1"})).json().values()
    assert mark in page.text
    assert page.headers["Cache-Control"] == "no-store"
    wrong = await site.post("/mark", data={"organisation": "!"}, params={"lang": "fi"})
    assert wrong.status_code == 422
    assert "Organisaatiokoodissa on" in wrong.text
