"""A database of the survey service for the demonstration's files."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.db import Database
from tests.conftest import FreshDatabase
from tests.survey.asked import NOW


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    made = Database(await fresh_database("survey"), clock=lambda: NOW, connections=4)
    yield made
    await made.close()
