"""Fixtures of the coaching tests: an empty database for each test, and the service in front of it."""

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
from shared.migrations import upgrade
from shared.settings import Settings
from tests.coaching.acts import empty
from tests.coaching.given import NOW

Play = Callable[..., Awaitable[None]]


@pytest.fixture(scope="session")
async def addresses(servers, postgres) -> dict[str, str]:
    """The addresses of one database for coaching and one for staff; emptying is quicker than making anew."""
    found = {}
    for owner in ("coaching", "staff"):
        await postgres.execute(f"CREATE DATABASE {owner}_desk OWNER {owner}")
        found[owner] = servers.database_url(owner, f"{owner}_desk")
        await upgrade(found[owner], owner)
    return found


@pytest.fixture
async def database(addresses: dict[str, str]) -> AsyncIterator[Database]:
    """An empty coaching database whose clock stands at NOW."""
    made = Database(addresses["coaching"], clock=lambda: NOW, connections=4)
    async with made.transaction() as tx:
        await empty(tx)
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
async def app(database: Database, addresses: dict[str, str]) -> AsyncIterator[FastAPI]:
    """The service without its broker, in front of the test's database."""
    settings = Settings(database_url=addresses["coaching"], staff_database_url=addresses["staff"])
    made = make_app(service, settings)
    await made.state.database.close()
    made.state.database = database
    yield made
    await made.state.staff_database.close()


@pytest.fixture
async def as_role(app: FastAPI) -> AsyncIterator[Callable[[str], Awaitable[httpx.AsyncClient]]]:
    """Gives a program with an API token that has one role."""
    clients = []

    async def give(role: str) -> httpx.AsyncClient:
        token = f"token-of-{role}"
        async with app.state.staff_database.transaction() as tx:
            if await auth.load_by_token(tx, token) is None:
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
