"""What waits is measured where it lies, and a flood of failures makes no flood of series."""

from __future__ import annotations

from prometheus_client import REGISTRY

from shared import dead_letters
from shared.db import Database, Transaction
from shared.events import StoryPublished
from shared.gauges import GROUPS_TOLD, Counted, measure
from tests.shared.given import story


def series() -> dict[str, float]:
    metric = next(found for found in REGISTRY.collect() if found.name == "latu_dead_letters_waiting")
    return {sample.labels["fingerprint"]: sample.value for sample in metric.samples}


async def put_aside(database: Database, *reasons: str) -> None:
    async with database.transaction() as tx:
        for number, reason in enumerate(reasons):
            letter = dead_letters.Letter("h", f"e{number}", StoryPublished.type_name(), "x.s", "s", "{}", {})
            await dead_letters.save(tx, letter, reason, 1)


async def test_letters_are_counted_by_failure_and_an_empty_list_has_no_series(database: Database) -> None:
    await put_aside(database, "one", "one", "two")
    async with database.transaction() as tx:
        await measure(tx)
    one, two = (dead_letters.fingerprint("h", reason) for reason in ("one", "two"))
    assert series() == {one: 2, two: 1}
    async with database.transaction() as tx:
        await dead_letters.discard(tx, dead_letters.Chosen(), "operator", "a test")
        await measure(tx)
    assert series() == {}


async def test_at_most_so_many_failures_have_a_series_of_their_own(database: Database) -> None:
    await put_aside(database, *(f"reason {number}" for number in range(GROUPS_TOLD + 30)))
    async with database.transaction() as tx:
        await measure(tx)
    assert len(series()) == GROUPS_TOLD + 1
    assert series()["other"] == 30


async def test_what_is_not_published_is_counted(database: Database) -> None:
    async with database.transaction() as tx:
        for number in range(7):
            tx.emit(story(f"s{number}"))
    async with database.transaction() as tx:
        await measure(tx)
    assert REGISTRY.get_sample_value("latu_outbox_waiting") == 7


async def some(_: Transaction) -> dict[str, int]:
    return {"few": 4, "more": 14}


async def test_what_people_are_behind_is_told_in_whole_fives(database: Database) -> None:
    async with database.transaction() as tx:
        await Counted(some, of_people=True).tell(tx, "people")
        await Counted(some).tell(tx, "papers")
    told = {
        kind: [REGISTRY.get_sample_value("latu_things", {"kind": kind, "status": s}) for s in ("few", "more")]
        for kind in ("people", "papers")
    }
    assert told == {"people": [0, 10], "papers": [4, 14]}
