"""The migrated database is what the tables say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from services.survey import tables
from shared import backbone
from shared.db import Database


def differences(conn: Connection) -> list[object]:
    both = MetaData()
    for table in (*backbone.metadata.sorted_tables, *tables.metadata.sorted_tables):
        table.to_metadata(both)
    return list(compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), both))


async def test_the_migrated_database_is_what_the_tables_say(database: Database) -> None:
    async with database.engine.connect() as conn:
        found = await conn.run_sync(differences)
    assert [one for one in found if "alembic_version" not in str(one)] == []
