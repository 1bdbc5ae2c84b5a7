"""The scene, on a broker of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.embedded import Stack
from tests.partners.scene import Scene, own_broker, scene_on


@pytest.fixture(scope="package")
def broker() -> Iterator[Stack]:
    with own_broker() as stack:
        yield stack


@pytest.fixture
async def scene(broker: Stack) -> AsyncIterator[Scene]:
    async with scene_on(broker) as made:
        yield made
