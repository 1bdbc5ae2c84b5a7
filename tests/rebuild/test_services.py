"""Every service comes out of a rebuild as it went in, and what was damaged is put right."""

from __future__ import annotations

import importlib

import pytest
from sqlalchemy import MetaData, delete, func, select, text, update

from shared.replicas import replica_table
from tests.rebuild.lives import LIVES
from tests.rebuild.worlds import World

SERVICES = pytest.mark.parametrize("service", list(LIVES))
# What is worked out of the replicas, damaged where it lies.
DERIVED = {
    "coaching": "UPDATE playbooks SET items = '[]', advised = 99 WHERE advised + suspended > 0",
    "model": """UPDATE recommendations
        SET standing = jsonb_set(standing, '{status}', '"retired"'), status = 'retired'""",
    "campaign": "UPDATE themes SET score = 0, insights = '{}', evidence = '[]'",
}
# What of it says when that was, and what is told anew: somebody may have seen what was wrong.
WHEN = ("remade_at", "changed_at", "status_since")
AGAIN = {"model": ("revision",)}


@SERVICES
async def test_a_rebuild_of_what_is_right_changes_nothing(world: World, service: str) -> None:
    await LIVES[service](world)
    before = await world.everything()
    done = await world.rebuild()
    assert await world.everything() == before
    assert done.events == world.told
    assert {taken.put_right + taken.gone + taken.set_back for taken in done.tables.values()} == {0}
    assert all(taken.things for taken in done.tables.values())


@SERVICES
async def test_rows_that_were_damaged_lost_or_emptied_come_back(world: World, service: str) -> None:
    await LIVES[service](world)
    before = await world.everything()
    for table in world.service.derived.tables.values():
        first, last = (select(end(table.c.key)).scalar_subquery() for end in (func.min, func.max))
        wrong = {"state": {"damaged": True}, "live": ~table.c.live, "revision": table.c.revision + 90}
        await world.run(update(table).where(table.c.key == first).values(wrong))
        await world.run(delete(table).where(table.c.key == last))
    assert await world.everything() != before
    done = await world.rebuild()
    assert await world.everything() == before
    assert all(taken.put_right >= 1 for taken in done.tables.values())
    for table in world.service.derived.tables.values():
        await world.run(delete(table))
    await world.rebuild()
    assert await world.everything() == before


@pytest.mark.parametrize("service", list(DERIVED))
async def test_what_was_worked_out_of_the_facts_is_worked_out_anew(world: World, service: str) -> None:
    await LIVES[service](world)
    without = (*WHEN, *AGAIN.get(service, ()))
    before = await world.everything(without)
    await world.run(text(DERIVED[service]))
    assert await world.everything(without) != before
    await world.rebuild()
    after = await world.everything(without)
    if service in AGAIN:
        assert after.pop("outbox") != before.pop("outbox")
    assert after == before


@SERVICES
def test_the_list_of_what_is_derived_has_every_replica_and_every_event(service: str) -> None:
    app = importlib.import_module(f"services.{service}.app").service
    tables = importlib.import_module(f"services.{service}.tables").metadata.tables
    like = set(replica_table(MetaData(), "like").c.keys())
    assert set(app.derived.tables) == {name for name, table in tables.items() if set(table.c.keys()) == like}
    assert set(app.derived.replicas) == set(app.events.by_event)
