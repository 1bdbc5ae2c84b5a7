"""A round that follows another tells what changed, and tells anew when the round before it is mended."""

from __future__ import annotations

from services.survey.commands.erasures import erase_import
from services.survey.commands.releases import release_round
from shared.db import Database
from shared.events import InsightReleased, InsightRetracted
from tests.survey.acts import Report, bring_in, emitted
from tests.survey.asked import round_

CLOSED = {"status": "closed"}
TREND = "second--energy--trend--region"


def rows(mean: int, *, start: int = 0, count: int = 60) -> list[str]:
    """Organisations that answer about `mean`, with some spread."""
    made = []
    for n in range(start, start + count):
        place = "698" if n % 3 else "758"
        size = "1-9" if n % 4 else "10-49"
        made.append(f"{place},{size},{min(max(mean + (n % 3) - 1, 1), 5)},,yritys{n}")
    return made


async def wave(database: Database, code: str, mean: int, **changes: object) -> Report:
    round_document = round_(code, **CLOSED, **changes).model_dump(mode="json")
    return await bring_in(database, *rows(mean), mapping=code, round=round_document)


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
