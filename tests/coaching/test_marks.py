"""A survey mark: given with consent, told with topics and months only, taken back without a trace."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from services.coaching import commands
from services.coaching.actions import Action
from services.coaching.marks import coached_topics, read_mark
from services.coaching.store import marks as store
from shared.db import Database
from shared.errors import Invalid, NotFound, Refused
from shared.events import OrganisationCoached, SurveyMarkWithdrawn
from tests.coaching.acts import agree, audited, emitted, organisation, start
from tests.coaching.given import insight

MARK, OTHER = "K7QF-2M9X-0TBR", "AAAA-BBBB-CCCC"


def action(key: str, topic: str, day: date, status: str = "agreed") -> Action:
    return Action.model_validate(
        {"action": key, "practice": "p1", "topic": topic, "agreed_on": day, "status": status}
    )


@pytest.mark.parametrize("written", [MARK, "k7qf2m9x0tbr", " K7QF 2M9X 0TBR "])
def test_a_mark_is_read_however_it_was_written_down(written: str) -> None:
    assert read_mark(written) == MARK


@pytest.mark.parametrize("written", ["", "K7QF", "K7QF-2M9X-0TB!", "K7QF-2M9X-0TBI", "x" * 30])
def test_what_is_no_mark_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match="12 letters and digits"):
        read_mark(written)


def test_a_receipt_is_refused_with_a_warning_and_not_repeated() -> None:
    with pytest.raises(Invalid, match="This is a receipt") as refused:
        read_mark("K7QF-2M9X-0TBR-H4WD")
    assert "H4WD" not in refused.value.message


def test_topics_count_from_the_first_month_that_something_was_agreed() -> None:
    found = coached_topics(
        [
            action("a", "wellbeing", date(2026, 5, 20)),
            action("b", "leadership", date(2026, 7, 1)),
            action("c", "wellbeing", date(2026, 3, 31), "cancelled"),
        ]
    )
    assert [(one.topic, one.since) for one in found] == [("leadership", "2026-07"), ("wellbeing", "2026-03")]


async def told(database: Database, name: str = "organisation_coached") -> list[Any]:
    kind = {"organisation_coached": OrganisationCoached, "survey_mark_withdrawn": SurveyMarkWithdrawn}[name]
    return [kind.model_validate_json(row["body"]) for row in await emitted(database, name) if row["body"]]


async def give(database: Database, mark: str = MARK, key: str = "o1") -> None:
    async with database.transaction() as tx:
        await commands.give_mark(tx, "ann", key, mark)


async def take_back(database: Database, key: str = "o1") -> None:
    async with database.transaction() as tx:
        await commands.return_mark(tx, "ann", key)


async def coached(database: Database, play: Any, *clients: str) -> None:
    await start(database, *(organisation(key) for key in clients or ("o1",)))
    await play(insight())
    await agree(database, "p1")


async def test_the_survey_hears_of_topics_and_months_and_of_nothing_else(
    database: Database, play: Any
) -> None:
    await coached(database, play)
    await give(database)
    (row,) = await emitted(database, "organisation_coached")
    assert row["stream"] == "INTERNAL"
    (event,) = await told(database)
    assert [(one.topic, one.since) for one in event.topics] == [("leadership", "2026-11")]
    assert event.model_dump().keys() == {"revision", "occurred_at", "mark", "topics"}
    for secret in ("o1", "Workplace", "p1", "ann"):
        assert secret not in row["body"] + row["subject"]


async def test_without_a_mark_the_survey_hears_of_no_organisation(database: Database, play: Any) -> None:
    await coached(database, play)
    assert await told(database) == []


async def test_a_mark_that_comes_first_is_told_with_the_first_visit_and_once(
    database: Database, play: Any
) -> None:
    await start(database)
    await give(database)
    assert await told(database) == []
    await play(insight(), insight("w", topic="wellbeing"))
    await agree(database, "p1", visit="v1")
    await agree(database, "p1", visit="v2")
    await agree(database, "p2", visit="v3")
    found = [(event.revision, [one.topic for one in event.topics]) for event in await told(database)]
    assert found == [(1, ["leadership"]), (2, ["leadership", "wellbeing"])]


async def test_giving_it_again_tells_nothing_again(database: Database, play: Any) -> None:
    await coached(database, play)
    await give(database)
    await give(database, MARK.lower())
    assert len(await told(database)) == 1


async def test_a_mark_that_is_taken_back_is_forgotten_and_can_be_given_again(
    database: Database, play: Any
) -> None:
    await coached(database, play)
    await give(database)
    await take_back(database)
    assert await told(database) == []
    assert [event.revision for event in await told(database, "survey_mark_withdrawn")] == [2]
    async with database.transaction() as tx:
        assert await store.load_mark(tx, "o1") is None
    await give(database)
    assert [event.revision for event in await told(database)] == [3]
    with pytest.raises(NotFound):
        await take_back(database, "o2")
    assert (await audited(database))[-3:] == [
        "survey_mark_given",
        "survey_mark_returned",
        "survey_mark_given",
    ]


async def test_another_mark_takes_the_place_of_the_first(database: Database, play: Any) -> None:
    await coached(database, play)
    await give(database)
    await give(database, OTHER)
    assert [event.mark for event in await told(database)] == [OTHER]
    assert [event.mark for event in await told(database, "survey_mark_withdrawn")] == [MARK]


async def test_a_mark_belongs_to_one_organisation(database: Database, play: Any) -> None:
    await coached(database, play, "o1", "o2")
    await give(database)
    with pytest.raises(Refused, match="Another organisation has given this mark"):
        await give(database, MARK, "o2")
    with pytest.raises(NotFound):
        await give(database, OTHER, "nobody")


async def test_an_organisation_that_withdraws_takes_its_mark_along(database: Database, play: Any) -> None:
    await coached(database, play)
    await give(database)
    async with database.transaction() as tx:
        await commands.remove_organisation(tx, "ann", "o1")
        owner, kept = await store.find_mark(tx, MARK)
    assert (owner, kept.topics, kept.revision) == (None, (), 2)
    assert await told(database) == []
    assert len(await told(database, "survey_mark_withdrawn")) == 1


async def test_without_consent_no_mark_is_taken(database: Database, play: Any, as_role: Any) -> None:
    await coached(database, play)
    coach: httpx.AsyncClient = await as_role("coach")
    for given in ({"mark": MARK}, {"mark": MARK, "consent": False}):
        assert (await coach.put("/admin/api/organisations/o1/mark", json=given)).status_code == 422
    assert await told(database) == []
    agreed = await coach.put("/admin/api/organisations/o1/mark", json={"mark": MARK, "consent": True})
    assert agreed.status_code == 204
    assert MARK in (await coach.get("/admin/organisations/o1")).text
    assert (await coach.delete("/admin/api/organisations/o1/mark")).status_code == 204
    assert MARK not in (await coach.get("/admin/organisations/o1")).text
