"""A finding that did not arrive is seen from a sum, and found by its key."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from services.campaign.app import service as campaign
from services.coaching.app import service as coaching
from services.coaching.store.facts import save_fact
from services.model.app import service as model
from services.survey.app import service as survey
from shared.cli.stuck import not_followed
from shared.db import Database
from shared.events import Event
from shared.findings import FINDING_REVISIONS, list_findings, list_stuck, measure_findings
from shared.http import Service
from shared.streams import connect, ensure_streams
from tests.conftest import FreshDatabase
from tests.convergence import said


def told(kind: str) -> float | None:
    return REGISTRY.get_sample_value("latu_finding_revisions", {"kind": kind})


def finding(kind: str, key: str, revision: int) -> dict[str, Any]:
    return {"kind": kind, "key": key, "revision": revision}


def heard(key: str, revision: int) -> Event:
    return said.retraction(True, key, revision, topic="wellbeing", round="lappi", reason="no_longer_holds")


async def test_each_service_adds_up_the_newest_revisions_that_it_knows(fresh_database: FreshDatabase) -> None:
    database = Database(await fresh_database("coaching"))
    known = coaching.known_findings
    assert known is not None
    async with database.transaction() as tx:
        for event in (heard("a", 1), heard("a", 4), heard("b", 2)):
            await save_fact(tx, event)
    async with database.transaction() as tx:
        await measure_findings(tx, known)
        assert await list_findings(tx, known) == [finding("confirmed", "a", 4), finding("confirmed", "b", 2)]
    assert told("confirmed") == 6
    await database.close()


@pytest.mark.parametrize(
    ("service", "kinds"), [(coaching, {"confirmed", "indication"}), (campaign, {"confirmed"})]
)
async def test_where_nothing_is_known_yet_of_what_is_listened_to_nought_is_told(
    fresh_database: FreshDatabase, service: Service, kinds: set[str]
) -> None:
    database = Database(await fresh_database(service.name))
    FINDING_REVISIONS.clear()
    known = service.known_findings
    assert known is not None
    async with database.transaction() as tx:
        await measure_findings(tx, known)
    assert {kind: told(kind) for kind in ("confirmed", "indication") if told(kind) is not None} == (
        dict.fromkeys(kinds, 0.0)
    )
    await database.close()


async def test_what_the_broker_has_and_a_service_does_not_know_is_named(
    fresh_database: FreshDatabase, nats_url: str
) -> None:
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    for event in (heard("a", 1), heard("a", 4), heard("b", 2)):
        said = {"ce-revision": str(event.revision)}
        await client.jetstream().publish(event.subject, event.model_dump_json().encode(), headers=said)
    await client.jetstream().publish(f"{heard('c', 1).subject_root()}.c", b"no event")
    database = Database(await fresh_database("coaching"))
    known = coaching.known_findings
    assert known is not None
    async with database.transaction() as tx:
        for event in (heard("a", 1), heard("b", 2)):
            await save_fact(tx, event)
    async with database.transaction() as tx:
        found = await list_stuck(tx, known, client.jetstream(), coaching.events.durables())
    assert found == [{"kind": "confirmed", "key": "a", "knows": 1, "told": 4}]
    await database.close()
    await client.close()


async def test_of_the_survey_the_newest_revision_counts_that_was_told_as_each_kind(
    fresh_database: FreshDatabase,
) -> None:
    database = Database(await fresh_database("survey"))
    known = survey.known_findings
    assert known is not None
    async with database.transaction() as tx:
        await tx.execute(text("ALTER TABLE insights DROP CONSTRAINT insights_round_fkey"))
        for revision, tier in ((1, "indication"), (2, "indication"), (3, "confirmed")):
            await tx.execute(
                text(
                    "INSERT INTO insights VALUES ('a', :revision, 'r', true, :newest, 'h', 'i', 1,"
                    " jsonb_build_object('tier', CAST(:tier AS text)), NULL)"
                ),
                {"revision": revision, "newest": revision == 3, "tier": tier},
            )
        assert await list_findings(tx, known) == [finding("confirmed", "a", 3), finding("indication", "a", 2)]
    await database.close()


def test_every_service_that_hears_of_findings_tells_what_it_knows() -> None:
    assert all(one.known_findings is not None for one in (survey, coaching, model, campaign))


def test_what_is_missing_or_older_was_not_followed_and_the_campaign_hears_of_confirmed_ones_only() -> None:
    first, second = finding("confirmed", "a", 3), finding("indication", "b", 1)
    heard = {"model": [finding("confirmed", "a", 2), second], "campaign": [first], "coaching": [first]}
    behind = {(one["service"], one["key"], one["knows"]) for one in not_followed([first, second], heard)}
    assert behind == {("model", "a", 2), ("coaching", "b", 0)}
