"""Versions of an event: an earlier body is read as the newest, and told beside it until its sunset."""

from __future__ import annotations

import json
from collections.abc import Iterator

from shared.errors import Refused
from shared.events.base import Event


class NotUpcast(Refused):
    """A body of an earlier version from which no newer one can be made."""


def upcast(event: type[Event], type_name: str, body: bytes) -> bytes:
    """A body of an event's own or of an earlier type as one of its own; it is not validated here.

    Raises:
        NotUpcast: it is of an earlier type and broken.
    """
    if type_name == event.type_name():
        return body
    version = int(type_name.rpartition(".v")[2])
    try:
        return json.dumps(event.EARLIER[version](json.loads(body))).encode()
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        said = f"A body of {type_name} cannot be read as {event.type_name()}."
        raise NotUpcast("not_upcast", said) from error


def all_versions(event: Event, event_id: str) -> Iterator[tuple[str, Event]]:
    """The event under its id, then the same fact in each earlier version that is still published.

    The id of an earlier one names the event that it repeats: `<id>.v1`.
    """
    yield event_id, event
    told: Event | None = event
    while told and (told := told.as_earlier()):
        yield f"{event_id}.{told.name().rpartition('.')[2]}", told


def repeats(event: type[Event], type_name: str, event_id: str) -> bool:
    """Whether a message only repeats, in an earlier version, what a reader of this event gets in its own."""
    return type_name != event.type_name() and event_id.endswith(f".{type_name.rpartition('.')[2]}")
