"""A round that follows another tells what changed, and tells anew when the round before it is mended."""

from __future__ import annotations

import pytest

from services.survey.commands.erasures import erase_import, erase_organisation
from services.survey.commands.releases import release_round
from shared.db import Database
from shared.events import InsightReleased, InsightRetracted, ReleasePublished
from tests.survey.acts import Report, bring_in, count, emitted
from tests.survey.asked import KEY, round_

CLOSED = {"status": "closed"}
TABLES = ((), ("sub-region",), ("size",))
TREND = "second--energy--trend--region"


def rows(mean: int, *, start: int = 0, count: int = 60) -> list[str]:
    """Organisations that answer about `mean`, with some spread."""
    made = []
    for n in range(start, start + count):
        place = "698" if n % 3 else "758"
        size = "1-9" if n % 4 else "10-49"
        made.append(f"{place},{size},{min(max(mean + (n % 3) - 1, 1), 5)},,yritys{n}")
    return made


async def wave(
    database: Database, code: str, mean: int, *, who: tuple[int, int] = (0, 60), **changes: object
) -> Report:
    """A round answered by so many organisations, from a number on."""
    round_document = round_(code, **CLOSED, tables=TABLES, **changes).model_dump(mode="json")
    answers = rows(mean, start=who[0], count=who[1])
    return await bring_in(database, *answers, mapping=code, round=round_document)


async def release(database: Database, code: str) -> None:
    async with database.transaction() as tx:
        await release_round(tx, code, "analyst")


async def test_a_round_that_follows_another_tells_what_changed(database: Database) -> None:
    await wave(database, "first", 2)
    await release(database, "first")
    await wave(database, "second", 5, follows="first")
    await release(database, "second")
    told = {e.insight: e for e in await emitted(database) if isinstance(e, InsightReleased)}
    trend = told[TREND]
    assert (trend.rule, trend.direction, trend.figure.kind) == ("trend", "high", "difference")
    assert trend.figure.low > 0.5
    assert "edellisellä kierroksella" in trend.sentence.fi


async def test_a_round_without_one_before_it_asks_for_no_change(database: Database) -> None:
    await wave(database, "second", 5)
    await release(database, "second")
    told = [e for e in await emitted(database) if isinstance(e, InsightReleased)]
    assert told
    assert all(event.rule != "trend" for event in told)


async def test_undoing_the_import_of_the_round_before_takes_the_change_back(database: Database) -> None:
    first = await wave(database, "first", 2)
    await release(database, "first")
    await wave(database, "second", 5, follows="first")
    await release(database, "second")
    async with database.transaction() as tx:
        await erase_import(tx, first.import_id, "analyst")
    retracted = {e.insight for e in await emitted(database) if isinstance(e, InsightRetracted)}
    assert TREND in retracted
    standing = {e.insight for e in await emitted(database) if isinstance(e, InsightReleased)} - retracted
    assert any(insight.startswith("second--energy--strength") for insight in standing)


FEW = ("698,1-9,2,,yritys100", "758,10-49,3,,yritys101")


@pytest.mark.parametrize("follows", [False, True])
async def test_answers_can_be_taken_back_even_if_the_rest_cannot_be_weighted(
    database: Database, follows: bool
) -> None:
    """Sixty organisations and seventy small ones cannot be met by one of each; nothing more is said then."""
    first = await wave(database, "first", 2)
    await bring_in(database, *FEW, mapping="few", round="first")
    await release(database, "first")
    if follows:
        await wave(database, "second", 5, follows="first")
        await release(database, "second")
    async with database.transaction() as tx:
        await erase_import(tx, first.import_id, "analyst")
    assert await count(database, "answers") == 2 + 60 * follows
    said = [e for e in await emitted(database) if isinstance(e, ReleasePublished) and e.round == "first"]
    assert (said[-1].number, said[-1].figures) == (2, 0)
    told = {
        e.insight: e for e in await emitted(database) if isinstance(e, InsightReleased | InsightRetracted)
    }
    assert all(isinstance(event, InsightRetracted) for key, event in told.items() if key.startswith("first"))
    assert TREND not in told or isinstance(told[TREND], InsightRetracted)


async def test_a_round_goes_on_when_the_one_before_it_cannot_be_weighted(database: Database) -> None:
    first = await wave(database, "first", 2)
    await bring_in(database, *FEW, mapping="few", round="first")
    await release(database, "first")
    async with database.transaction() as tx:
        await erase_import(tx, first.import_id, "analyst")
    await wave(database, "second", 5, follows="first")
    await release(database, "second")
    told = [e for e in await emitted(database) if isinstance(e, InsightReleased) and e.round == "second"]
    assert told


async def test_a_round_is_released_even_if_one_that_follows_it_cannot_be_judged_anew(
    database: Database,
) -> None:
    await wave(database, "first", 2)
    await release(database, "first")
    await wave(database, "second", 5, who=(200, 12), follows="first")
    await release(database, "second")
    for number in set(range(200, 212)) - {202, 204}:
        async with database.transaction() as tx:
            await erase_organisation(tx, f"yritys{number}", KEY, "public")
    await bring_in(database, *rows(2, start=100, count=10), mapping="more", round="first")
    await release(database, "first")
    said = [(e.round, e.number) for e in await emitted(database) if isinstance(e, ReleasePublished)]
    assert said == [("first", 1), ("second", 1), ("first", 2)]
