"""An indication changes nothing that anybody else sees; a demoted finding puts its recommendation under review."""

from __future__ import annotations

from typing import Any, get_args

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import select

from services.model import store
from shared.backbone import outbox
from shared.db import Database
from shared.events import Event, IndicationReleased, IndicationRetracted, InsightReleased
from shared.events.survey import RetractionReason
from tests.model.desk import arrive, decide, publish, record, statuses
from tests.model.given import NOW, indication, insight, outcomes, practice, retraction, subject

KEY = subject().key
PUBLIC = (
    "/",
    "/versions",
    f"/recommendations/{KEY}",
    "/api/model",
    "/api/versions",
    f"/api/recommendations/{KEY}",
)


def gone(key: str, revision: int) -> IndicationRetracted:
    told = {"insight": key, "revision": revision, "occurred_at": NOW, "round": "spring", "topic": "wellbeing"}
    return IndicationRetracted.model_validate(told | {"reason": "promoted"})


async def told_others(database: Database) -> list[Any]:
    async with database.transaction() as tx:
        return [
            dict(row) for row in await tx.all(select(outbox.c.id, outbox.c.body).order_by(outbox.c.position))
        ]


async def shown(site: httpx.AsyncClient) -> list[str]:
    return [(await site.get(path, params={"lang": "en"})).text for path in PUBLIC]


@pytest.mark.parametrize(
    "hints",
    [
        [indication("hint")],
        [indication("hint", segment={"sub-region": "rovaniemi"})],
        [indication("good", "practice", practice="breaks")],
        [indication("against", "strength", certainty="high")],
        [indication(f"h{n}", round=f"r{n}") for n in range(4)],
        [indication("hint"), gone("hint", 2)],
        [gone("hint", 2), indication("hint")],
    ],
    ids=["need", "segment", "found good", "strength", "many rounds", "and gone", "gone before"],
)
async def test_an_indication_changes_nothing_public(
    site: httpx.AsyncClient, database: Database, hints: list[Event]
) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await publish(database)
    before = await shown(site), await told_others(database), await record(database)
    await arrive(database, *hints)
    assert (await shown(site), await told_others(database), await record(database)) == before


async def test_no_number_of_indications_and_outcomes_makes_a_recommendation(database: Database) -> None:
    hints = [indication(f"h{n}", round=f"r{n}", certainty="high", practice="breaks") for n in range(6)]
    await arrive(database, practice(), *hints, *outcomes(12))
    assert await statuses(database) == {}
    assert await told_others(database) == []


async def test_an_indication_is_no_evidence_of_what_a_person_adopts(database: Database) -> None:
    await arrive(database, insight("a"), practice(), indication("hint"))
    await decide(database, "adopt")
    standing = (await record(database)).standing
    assert [ref.key for ref in standing.evidence] == ["a"]
    assert [row.insight for row in standing.table.rows] == ["a"]


async def test_a_demoted_finding_puts_its_recommendation_under_review_until_it_is_confirmed_again(
    site: httpx.AsyncClient, database: Database
) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await publish(database)
    await arrive(database, retraction("a", 2, reason="demoted"), indication("a", revision=3))
    reviewed = (await record(database)).standing
    assert (reviewed.status, reviewed.evidence) == ("under_review", ())
    assert (await site.get(f"/api/recommendations/{KEY}")).json()["now"] == "under_review"
    await arrive(database, gone("a", 4), insight("a", revision=5))
    again = (await record(database)).standing
    assert (again.status, [ref.revision for ref in again.evidence]) == ("adopted", [5])
    assert (await site.get(f"/api/recommendations/{KEY}")).json()["now"] == "stands"


async def test_a_finding_demoted_out_of_order_ends_as_an_indication(database: Database) -> None:
    await arrive(
        database, practice(), indication("a", revision=3), insight("a"), retraction("a", 2, reason="demoted")
    )
    async with database.transaction() as tx:
        known = await store.load_known(tx)
    assert ([i.insight for i in known.insights], [i.insight for i in known.indications]) == ([], ["a"])
    assert set((await statuses(database)).values()) <= {"retired"}


@pytest.mark.parametrize("reason", get_args(RetractionReason))
async def test_every_retraction_puts_the_recommendation_under_review(
    database: Database, reason: RetractionReason
) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await arrive(database, retraction("a", 2, reason=reason))
    assert await statuses(database) == {"breaks": "under_review"}


def test_one_tier_cannot_be_sent_as_the_other() -> None:
    state = insight("a").model_dump()
    with pytest.raises(ValidationError):
        InsightReleased.model_validate(state | {"tier": "indication"})
    with pytest.raises(ValidationError):
        IndicationReleased.model_validate(state)
    assert IndicationReleased.audience() == IndicationRetracted.audience() == "INTERNAL"
