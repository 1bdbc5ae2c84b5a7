"""A database of the model service, and events that reach it as they would from the streams."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from services.model.app import service
from shared import auth
from shared.db import Database
from shared.http import make_app
from shared.settings import Settings
from tests.conftest import FreshDatabase
from tests.model.desk import PASSWORD, TOKENS
from tests.model.given import NOW


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    made = Database(await fresh_database("model"), clock=lambda: NOW, connections=4)
    yield made
    await made.close()


@pytest.fixture
async def site(fresh_database: FreshDatabase, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP; nothing is started that needs a broker."""
    settings = Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        staff_database_url=await fresh_database("staff"),
    )
    app = make_app(service, settings)
    await app.state.database.close()
    app.state.database = database
    staff: Database = app.state.staff_database
    async with staff.transaction() as tx:
        for role, token in TOKENS.items():
            await auth.add_account(tx, role, PASSWORD, (role,))
            await auth.add_token(tx, role, "test", token)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://malli.example") as client:
        yield client
    await staff.close()
