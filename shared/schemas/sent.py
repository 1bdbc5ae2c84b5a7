"""The gate in the other direction: what partners may send by the contract must go on being taken."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from pydantic import ValidationError

from shared.events.contributed import Contributed
from shared.schemas.comparing import Comparison
from shared.schemas.gate import first_difference
from shared.schemas.records import Body, Record, golden_path

WHAT_TO_DO = (
    "What partners send may become wider, never narrower: a new field is optional, a field stays, its bounds "
    "only grow. Take the change back, or take a next version beside this one."
)
Kinds = Collection[type[Contributed]]


def incompatible(kinds: Kinds, records: Mapping[str, Record], today: date) -> list[str]:
    """Every change for which a message that the contract allowed would be refused or lose something."""
    by_type = {kind.type_name(): kind for kind in kinds}
    return [line for name, record in records.items() for line in _broken(record, by_type.get(name), today)]


def _broken(record: Record, kind: type[Contributed] | None, today: date) -> Iterator[str]:
    name = record.type_name
    if kind is None:
        if not record.is_over(today):
            yield f"{name} was removed before its sunset; partners still send it."
        return
    if record.subject != kind.SUBJECT:
        yield f"{name}: its subject was {record.subject} and is {kind.SUBJECT}."
    for line in Comparison(record.schema, Record.of(kind).schema, keep=True).misfits():
        yield f"{name} at {line}. What partners send would be refused or lost."
    for number, body in enumerate(record.golden, start=1):
        if why := _refused(kind, body):
            yield f"{name}: line {number} of {golden_path(name).name} {why}."


def _refused(kind: type[Contributed], body: Body) -> str:
    try:
        read = kind.model_validate_json(json.dumps(body))
    except ValidationError as error:
        first = error.errors()[0]
        return f"is refused: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    place = first_difference(body, read.model_dump(mode="json"))
    return f"is read as something else at {place}" if place else ""
