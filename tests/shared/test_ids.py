"""Identifiers sort by time and fit a subject."""

from __future__ import annotations

import uuid
from datetime import timedelta

from shared.ids import new_id
from tests.shared.given import NOW


def test_an_identifier_is_a_uuid_of_version_seven() -> None:
    found = uuid.UUID(new_id(NOW))
    assert found.version == 7
    assert found.variant == uuid.RFC_4122


def test_later_identifiers_sort_after_earlier_ones() -> None:
    assert new_id(NOW) < new_id(NOW + timedelta(milliseconds=1))


def test_identifiers_of_the_same_moment_differ() -> None:
    assert len({new_id(NOW) for _ in range(1000)}) == 1000
