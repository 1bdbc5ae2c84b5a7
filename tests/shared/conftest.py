"""Fixtures of the shared core's tests: a database with the backbone only matters here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.db import Database


@pytest.fixture
async def database(fresh_database) -> AsyncIterator[Database]:
    made = Database(await fresh_database("coaching"), connections=5)
    yield made
    await made.close()
