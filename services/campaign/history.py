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


BEGINNING: Final = "beginning"
"""The cursor before the first event."""


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the history for who reads on from it; `event` is None where it was withdrawn."""

    position: int
    id: str
    type: str
    event: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """What follows on a place: `cursor` is the id of the event up to which all is told."""

    told: tuple[Told, ...]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the history up to a position: how many of its events are told."""

    day: date
    events: int
    last: int

    @property
    def etag(self) -> str:
        """Changes with every event that comes and with every one that is withdrawn; the same when packed."""
        return f'W/"{self.day:%Y%m%d}-{self.last}-{self.events}"'


def batch(told: Iterable[Told]) -> str:
    """Events as one JSON array (application/cloudevents-batch+json)."""
    return "[" + ",\n".join(one.event for one in told if one.event is not None) + "]"


def lines(told: Iterable[Told]) -> str:
    """Events as NDJSON: each a line that ends in a line feed."""
    return "".join(f"{one.event}\n" for one in told if one.event is not None)
