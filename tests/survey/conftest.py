"""Fixtures of the survey's tests: its database, and its application without a broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from services.survey.app import service
from shared import auth
from shared.db import Database
from shared.http import make_app
from shared.settings import Settings
from tests.conftest import FreshDatabase
from tests.survey.asked import NOW

ROLES = ("analyst", "coach")
PASSWORD = "salasana-jota-ei-arvaa"


class Clock:
    """The time that commands see; a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(fresh_database: FreshDatabase, clock: Clock) -> AsyncIterator[Database]:
    made = Database(await fresh_database("survey"), clock=clock, connections=8)
    yield made
    await made.close()


@pytest.fixture
async def site(
    fresh_database: FreshDatabase, database: Database, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP; nothing is started that needs a broker."""
    (tmp_path / "key").write_text("a-key-for-tests-only")
    settings = Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        staff_database_url=await fresh_database("staff"),
        secret_file=tmp_path / "key",
    )
    app = make_app(service, settings)
    await app.state.database.close()
    app.state.database = database
    staff: Database = app.state.staff_database
    async with staff.transaction() as tx:
        for role in ROLES:
            await auth.add_account(tx, role, PASSWORD, (role,))
            await auth.add_token(tx, role, "test", f"token-of-{role}")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://kysely.example") as client:
        yield client
    await staff.close()


@pytest.fixture
def analyst() -> dict[str, str]:
    """The headers of a program that acts for an analyst."""
    return {"Authorization": "Bearer token-of-analyst"}
