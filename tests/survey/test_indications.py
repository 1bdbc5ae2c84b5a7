"""Indications stay inside: no public page, file or event tells one."""

from __future__ import annotations

import httpx

from services.survey.commands.releases import release_round
from services.survey.store.insights import list_live
from shared.db import Database
from shared.events import IndicationReleased, InsightReleased
from tests.survey.acts import bring_in, emitted

PUBLIC = (
    "/",
    "/rounds/imported",
    "/rounds/imported?by=size",
    "/rounds/imported?by=sub-region",
    "/api/insights",
    "/api/releases",
    "/api/releases/imported-1",
    "/api/rounds/imported/figures.csv",
)


async def test_no_public_page_file_or_event_tells_an_indication(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    # Too few for confirming: what points somewhere is only indicated.
    rows = [
        f"{'698' if n % 3 else '148'},{'1-9' if n % 4 else '10-49'},{1 + n % 3},,yritys{n}" for n in range(36)
    ]
    await bring_in(database, *rows)
    async with database.transaction() as tx:
        await release_round(tx, "imported", "analyst")
        hints = [one.finding for one in await list_live(tx, "imported")]
    assert hints
    assert all(isinstance(hint, IndicationReleased) for hint in hints)
    for path in PUBLIC:
        shown = (await site.get(path)).text
        for hint in hints:
            assert hint.insight not in shown
            assert hint.sentence.fi not in shown
    told = await emitted(database)
    assert not [event for event in told if isinstance(event, InsightReleased)]
    public = [event for event in told if event.audience() == "PUBLIC"]
    assert public
    assert all(hint.insight not in event.model_dump_json() for hint in hints for event in public)
    # Staff see it, and see what it is.
    place = f"/admin/insights/{hints[0].insight}?lang=fi"
    assert "Suuntaa antava, ei vahvistettu." in (await site.get(place, headers=analyst)).text
