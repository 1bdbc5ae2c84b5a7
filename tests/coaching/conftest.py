"""Fixtures of the coaching tests: a database of its own for each test, and the service in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from services.coaching import commands
from services.coaching.app import service
from services.coaching.handlers import events
from shared import auth
from shared.db import Database
from shared.events import Event
from shared.http import make_app
from shared.settings import Settings
from tests.coaching.given import NOW

Play = Callable[..., Awaitable[None]]


@pytest.fixture
async def database(fresh_database) -> AsyncIterator[Database]:
    """An empty coaching database whose clock stands at NOW."""
    made = Database(await fresh_database("coaching"), clock=lambda: NOW, connections=4)
    yield made
    await made.close()


@pytest.fixture
def play(database: Database) -> Play:
    """Lets events come in, each in its own transaction, and then remakes what is behind."""

    async def played(*facts: Event, remake: bool = True) -> None:
        for fact in facts:
            async with database.transaction() as tx:
                await events.by_event[type(fact)](fact, tx)
        while remake:
            async with database.transaction() as tx:
                remake = bool(await commands.remake_playbooks(tx))

    return played


@pytest.fixture
async def app(database: Database, fresh_database) -> AsyncIterator[FastAPI]:
    """The service without its broker, in front of the test's database."""
    settings = Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        staff_database_url=await fresh_database("staff"),
    )
    made = make_app(service, settings)
    made.state.database.clock = lambda: NOW
    yield made
    await made.state.database.close()
    await made.state.staff_database.close()


@pytest.fixture
async def as_role(app: FastAPI) -> AsyncIterator[Callable[[str], Awaitable[httpx.AsyncClient]]]:
    """Gives a program with an API token that has one role."""
    clients = []

    async def give(role: str) -> httpx.AsyncClient:
        token = f"token-of-{role}"
        async with app.state.staff_database.transaction() as tx:
            await auth.add_account(tx, role, "correct horse", (role,))
            await auth.add_token(tx, role, "test", token)
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app=app)
        client = httpx.AsyncClient(transport=transport, base_url="http://coaching", headers=headers)
        clients.append(client)
        return client

    yield give
    for client in clients:
        await client.aclose()
