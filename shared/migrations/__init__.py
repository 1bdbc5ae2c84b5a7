"""Brings a service's database to the newest version: the shared backbone and the service's own tables."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from shared import connections
from shared.connections import how_to_connect

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
# Of one statement: a large table may be written anew, and another process may be at it.
UPGRADE_SECONDS = 3_600.0
_LOCK = 7_271_837


def locations(service: str) -> tuple[Path, ...]:
    """Where the versions of a service's database are written down; `staff` is the accounts' database."""
    if service == "staff":
        return (HERE / "staff",)
    return (HERE / "backbone", ROOT / "services" / service / "migrations")


def heads(service: str) -> set[str]:
    """The newest version of each place: a version is named after its file, and files sort by age."""
    newest = (max(place.glob("[a-z]*_[0-9]*.py"), default=None) for place in locations(service))
    return {path.stem for path in newest if path is not None}


async def upgrade(url: str | URL, service: str) -> bool:
    """Bring the database at `url` up to date; says whether there was anything to do.

    Safe to call from several processes at once: one works, the others wait for it.

    Raises:
        OSError, SQLAlchemyError: the database does not answer, or goes away meanwhile; nothing was changed.
    """
    engine = create_async_engine(url, connect_args=how_to_connect(UPGRADE_SECONDS), hide_parameters=True)
    try:
        async with asyncio.timeout(connections.STATEMENT_SECONDS), engine.connect() as conn:
            if await conn.run_sync(_versions) == heads(service):
                return False
        async with engine.begin() as conn:
            await conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await conn.run_sync(_upgrade, service)
        return True
    finally:
        await engine.dispose()


def run_script(sql: str) -> None:
    """Run the statements of a version one by one: asyncpg takes only one at a time."""
    from alembic import op  # noqa: PLC0415

    for statement in filter(None, (part.strip() for part in sql.split(";"))):
        op.execute(statement)


def _versions(conn: Connection) -> set[str]:
    try:
        return set(conn.execute(text("SELECT version_num FROM alembic_version")).scalars())
    except ProgrammingError:
        return set()


def _upgrade(conn: Connection, service: str) -> None:
    # Alembic takes a quarter of a second to import and is seldom needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(place) for place in locations(service)))
    config.attributes["connection"] = conn
    command.upgrade(config, "heads")
