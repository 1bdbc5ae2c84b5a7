"""A migrated database is what tables.py says, for every service."""

from __future__ import annotations

import importlib

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from shared import auth, backbone, migrations

SERVICES = ("survey", "coaching", "model", "campaign")


def expected(service: str) -> list[MetaData]:
    if service == "staff":
        return [auth.metadata]
    return [backbone.metadata, importlib.import_module(f"services.{service}.tables").metadata]


def differences(conn: Connection, wanted: list[MetaData]) -> list[object]:
    context = MigrationContext.configure(conn, opts={"compare_type": True})
    together = MetaData()
    for metadata in wanted:
        for table in metadata.tables.values():
            table.to_metadata(together)
    # Indexes on expressions cannot be compared; the version that makes them says what they are.
    apart = ("alembic_version", "_textual_index_element")
    return [
        change
        for change in compare_metadata(context, together)
        if not any(word in str(change) for word in apart)
    ]


@pytest.mark.parametrize("service", [*SERVICES, "staff"])
async def test_the_migrated_database_is_what_the_tables_say(fresh_database, service: str) -> None:
    engine = create_async_engine(await fresh_database(service))
    async with engine.connect() as conn:
        assert await conn.run_sync(differences, expected(service)) == []
    await engine.dispose()


@pytest.mark.parametrize("service", [*SERVICES, "staff"])
async def test_a_database_that_is_up_to_date_is_left_alone(fresh_database, service: str) -> None:
    assert not await migrations.upgrade(await fresh_database(service), service)


@pytest.mark.parametrize("service", [*SERVICES, "staff"])
def test_a_version_is_named_after_its_file(service: str) -> None:
    for place in migrations.locations(service):
        for path in place.glob("[a-z]*_[0-9]*.py"):
            assert f'revision = "{path.stem}"' in path.read_text()
