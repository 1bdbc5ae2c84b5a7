"""The gate: what of the present events would break with what was published before, a sentence each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from shared.errors import Refused
from shared.events import Event, versions
from shared.schemas.comparing import Comparison
from shared.schemas.records import Body, Record, Recordable, golden_path, written_by

Events = Collection[type[Event]]
Records = Mapping[str, Record]

WHAT_TO_DO = (
    "A published version only gains optional fields. Take the change back, or leave that version as it is "
    "and publish the next one beside it: docs/decisions/0033-recorded-schemas-and-golden-events.md says how."
)


def incompatible(events: Events, records: Records, today: date) -> list[str]:
    """Every change that may not be published at all."""
    by_type = {event.type_name(): event for event in events}
    found = [line for name, record in records.items() for line in _broken(record, by_type.get(name), today)]
    for event in events:
        found += _unreadable(event, records)
        found += _misread(event, records)
        found += _untold(event, records, today)
    return found


def unrecorded(events: Collection[Recordable], records: Records) -> list[str]:
    """What may be published but is not recorded, or has a field of which there is no example."""
    found = []
    for event in events:
        name, record = event.type_name(), records.get(event.type_name())
        if record is None:
            found.append(f"{name} is not recorded: run `make schemas`.")
        elif record != record.renewed(event):
            found.append(f"{name} is not as it is recorded: run `make schemas`.")
        said = {field for body in record.golden for field in body} if record else set()
        if missing := sorted(set(event.model_fields) - said):
            found.append(f"{name}: no body in {golden_path(name).name} says {', '.join(missing)}; add one.")
    return found


def _broken(record: Record, event: type[Event] | None, today: date) -> Iterator[str]:
    if event is None:
        if not record.is_over(today):
            yield f"{record.type_name} was removed before its sunset; it still has readers."
        return
    if record.subject != event.SUBJECT:
        yield f"{record.type_name}: its subject was {record.subject} and is {event.SUBJECT}."
    for line in Comparison(written_by(event), record.schema).misfits():
        yield f"{record.type_name} at {line}. Readers of before would refuse what is written now."
    # Recorded is what readers took, which is all that was ever written under any of its stages.
    for line in Comparison(record.schema, Record.of(event).schema, keep=True).misfits():
        yield f"{record.type_name} at {line}. What was published before would be refused or lost now."


def _unreadable(event: type[Event], records: Records) -> Iterator[str]:
    """Earlier versions that a later one does not say how to read."""
    name, number = _parts(event.type_name())
    for other in records:
        if _parts(other)[0] == name and _parts(other)[1] < number and other not in event.type_names():
            yield f"{event.type_name()} does not say in EARLIER how {other} is read; it lies in the stream."


def _misread(event: type[Event], records: Records) -> Iterator[str]:
    """Golden events that are refused now, or read as something else than they said."""
    for name in event.type_names():
        for number, body in enumerate(records[name].golden if name in records else (), start=1):
            if why := _misreading(event, name, body):
                yield f"{name}: line {number} of {golden_path(name).name} {why}."


def _misreading(event: type[Event], name: str, body: Body) -> str:
    try:
        read = event.model_validate_json(versions.upcast(event, name, json.dumps(body).encode()))
    except ValidationError as error:
        first = error.errors()[0]
        return f"is refused: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    except Refused as error:
        return f"is refused: {error.message.rstrip('.')}"
    if name != event.type_name():
        return ""
    place = first_difference(body, read.model_dump(mode="json"))
    return f"is read as something else at {place}" if place else ""


def _untold(event: type[Event], records: Records, today: date) -> Iterator[str]:
    """Earlier versions that are not published beside their successor, though their sunset has not come."""
    name = event.type_name()
    for body in records[name].golden if name in records else ():
        try:
            told = {one.type_name() for _, one in versions.all_versions(event.model_validate(body), "")}
        except ValidationError:
            return  # refused already
        for other in event.type_names():
            if other in records and not records[other].is_over(today) and other not in told:
                yield f"{name} is not published as {other} too (as_earlier), whose sunset has not come."
        return


def first_difference(was: Any, now: Any, at: str = "") -> str:
    """The first place where a value is not what it was; fields that came later do not count."""
    if isinstance(was, dict) and isinstance(now, dict):
        places = (first_difference(value, now.get(name), f"{at}/{name}") for name, value in was.items())
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        places = (
            first_difference(*pair, f"{at}/{number}")
            for number, pair in enumerate(zip(was, now, strict=True))
        )
    else:
        return "" if was == now else at or "/"
    return next((place for place in places if place), "")


def _parts(type_name: str) -> tuple[str, int]:
    name, _, number = type_name.rpartition(".v")
    return name, int(number)
