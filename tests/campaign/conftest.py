"""Fixtures of the campaign's tests: its database, and its application without a broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from services.campaign.app import service
from shared import auth
from shared.db import Database
from shared.http import make_app
from shared.settings import Settings
from tests.campaign.given import NOW

TOKENS = {"editor": "token-of-an-editor", "coach": "token-of-a-coach", "operator": "token-of-an-operator"}


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
async def database(fresh_database, clock: Clock) -> AsyncIterator[Database]:
    made = Database(await fresh_database("campaign"), clock=clock, connections=5)
    yield made
    await made.close()


@pytest.fixture
async def site(fresh_database, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP; nothing is started that needs a broker."""
    settings = Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        staff_database_url=await fresh_database("staff"),
        campaign_url="https://kampanja.example",
        survey_url="https://kysely.example",
    )
    app = make_app(service, settings)
    await app.state.database.close()
    app.state.database = database
    staff: Database = app.state.staff_database
    async with staff.transaction() as tx:
        for role, token in TOKENS.items():
            await auth.add_account(tx, role, "salasana-jota-ei-arvaa", (role,))
            await auth.add_token(tx, role, "test", token)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://kampanja.example") as client:
        yield client
    await staff.close()
