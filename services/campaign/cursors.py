"""Cursors: where a reader of a list is that is told by pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.errors import Invalid

_MOMENT: Final = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader of a list is: after the thing with this key, that has this moment."""

    at: datetime
    key: str

    @property
    def cursor(self) -> str:
        """The same in letters that need no quoting in an address."""
        return f"{self.at.astimezone(UTC):{_MOMENT}}~{self.key}"


def place_of(cursor: str) -> Place | None:
    """Where a cursor stands; None is before the first.

    Raises:
        Invalid: it is none of ours.
    """
    at, _, key = cursor.partition("~")
    try:
        return Place(datetime.strptime(at, _MOMENT).replace(tzinfo=UTC), key) if cursor else None
    except ValueError:
        raise Invalid(
            "unknown_cursor", "This is no place in the list. Begin without `after`, and follow the links."
        ) from None
