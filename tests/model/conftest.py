"""A database of the model service, and events that reach it as they would from the streams."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.db import Database
from tests.conftest import FreshDatabase
from tests.model.given import NOW


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    made = Database(await fresh_database("model"), clock=lambda: NOW, connections=4)
    yield made
    await made.close()
