"""Fixtures of the shared core's tests: a database with the backbone only matters here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from shared import tracing
from shared.db import Database
from shared.tracing import Span


@pytest.fixture
async def database(fresh_database) -> AsyncIterator[Database]:
    made = Database(await fresh_database("coaching"), connections=5)
    yield made
    await made.close()


@pytest.fixture
def ended() -> Iterator[list[Span]]:
    """The spans that ended, as an exporter sees them; while this lasts everything is exported."""
    spans: list[Span] = []
    tracing.export_to(spans.append)
    yield spans
    tracing.export_to(None)
