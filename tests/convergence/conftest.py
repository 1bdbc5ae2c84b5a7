"""A world for each service, its database made once and emptied for each run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.db import Database
from shared.migrations import upgrade
from tests.convergence.worlds import HANDLERS, Clock, World


@pytest.fixture(scope="session")
async def worlds(servers, postgres) -> AsyncIterator[dict[str, World]]:
    made = {}
    for service in HANDLERS:
        name = f"{service}_convergence"
        await postgres.execute(f"CREATE DATABASE {name} OWNER {service}")
        address = servers.database_url(service, name)
        await upgrade(address, service)
        clock = Clock()
        made[service] = World(service, Database(address, clock=clock, connections=4), clock)
    yield made
    for service, world in made.items():
        await world.database.close()
        await postgres.execute(f"DROP DATABASE {service}_convergence WITH (FORCE)")
