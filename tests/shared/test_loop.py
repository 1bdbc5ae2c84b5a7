"""The loop is measured where a transaction answers to a finding, and nowhere else."""

from __future__ import annotations

import time

import pytest
from prometheus_client import REGISTRY

from shared import inbox, tracing
from shared.db import Database
from shared.events import InsightReleased, PracticeSuggested
from shared.loop import Effect
from shared.origins import Origin
from shared.streams import Durable


def measured(what: str) -> float:
    return REGISTRY.get_sample_value(f"latu_loop_seconds_{what}", {"effect": "playbook"}) or 0.0


async def change(database: Database, origin: Origin) -> None:
    async with database.transaction(origin) as tx:
        await Effect("coaching", "playbook").reach(tx)


@pytest.fixture
async def heard(database: Database) -> dict[str, str]:
    """The ids of a finding and of something else that coaching has heard."""
    found = {"finding": InsightReleased, "suggestion": PracticeSuggested}
    async with database.transaction() as tx:
        for name, event in found.items():
            await inbox.first_times(tx, Durable("coaching", event).name, [name])
    return dict.fromkeys(found, tracing.new_trace_id(int((time.time() - 7) * 1000)))


async def test_a_change_that_follows_a_finding_took_as_long_as_its_trace_lasts(
    database: Database, heard: dict[str, str]
) -> None:
    times, took = measured("count"), measured("sum")
    await change(database, Origin(heard["finding"], "finding"))
    assert measured("count") == times + 1
    assert 7 <= measured("sum") - took < 60


async def test_what_a_person_the_clock_or_another_event_asked_for_is_no_loop(
    database: Database, heard: dict[str, str]
) -> None:
    times = measured("count")
    for origin in (
        Origin(heard["finding"]),
        Origin(heard["suggestion"], "suggestion"),
        Origin(heard["finding"], "never heard of"),
        Origin("a foreign trace", "finding"),
    ):
        await change(database, origin)
    assert measured("count") == times
