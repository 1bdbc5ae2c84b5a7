"""The history of public events: their order, their days, and what is not told any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.events import Event, StoryPublished, StoryWithdrawn

REGION_TIME: Final = ZoneInfo("Europe/Helsinki")

FORGOTTEN_BY: Final[Mapping[type[Event], type[Event]]] = {StoryWithdrawn: StoryPublished}
"""A withdrawal by a person, and the event whose text is not told any more after it."""


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """An event as it is kept; `event` is its CloudEvents document as JSON, None once it was withdrawn.

    `position` and `day` are given to it when it is kept. Both only grow: the files of all days, one after
    another, are the history in its order, and a day that is over gets nothing more.
    """

    id: str
    type: str
    key: str
    revision: int
    published_at: datetime
    event: str | None
    position: int = 0
    day: date = date.min


@dataclass(frozen=True, slots=True)
class History:
    """How far the history goes: its follower's place in the stream, the last position and day given out."""

    stream: str
    sequence: int
    position: int
    day: date | None


def day_of(moment: datetime) -> date:
    """The day in the region."""
    return moment.astimezone(REGION_TIME).date()


def in_order(history: History, fresh: Iterable[PublicEvent]) -> Iterator[PublicEvent]:
    """Give each event the position and the day that follow on what is kept."""
    day = history.day or date.min
    for position, event in enumerate(fresh, history.position + 1):
        day = max(day, day_of(event.published_at))
        yield replace(event, position=position, day=day)
