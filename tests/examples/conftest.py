"""A campaign that partners come to, with its broker, database and JSON API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.embedded import Stack
from tests.examples.region import campaign_only


@pytest.fixture(scope="package")
def region() -> Iterator[Stack]:
    with campaign_only() as stack:
        yield stack
