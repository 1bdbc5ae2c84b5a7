"""The catalogue: each event of the contract as people read about it, from its record and the change log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.contract import history
from shared.contract.history import Change
from shared.events import BY_TYPE
from shared.events.contributed import CONTRIBUTED
from shared.schemas.records import Body, Record

_OF_TEXT = {"date": "day", "date-time": "moment"}
_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_TABLE = "table of texts"
_CHOICE = "one of"
EXAMPLE_PARTNER = "example"


@dataclass(frozen=True)
class Field:
    """A field: what kind of value it has, in words that pages translate, and what it means.

    `part` names the part that a value is, `values` all that it can be. A body of before it came lacks a field
    that is not there `always`; `nullable` ones may be null.
    """

    name: str
    kind: str
    description: str
    since: date
    always: bool
    many: bool = False
    nullable: bool = False
    part: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A part that fields share, such as a figure."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ContractEvent:
    """One version of one event of the contract. `relatives` share its key and its row of revisions."""

    record: Record
    name: str
    says: str
    more: tuple[str, ...]
    fields: tuple[Field, ...]
    parts: tuple[Part, ...]
    examples: tuple[Body, ...]
    changes: tuple[Change, ...]
    relatives: tuple[str, ...]
    versions: tuple[str, ...]

    @property
    def type_name(self) -> str:
        """`latu.survey.insight_released.v1`."""
        return self.record.type_name

    @property
    def words(self) -> list[str]:
        """The words that its name is made of."""
        return re.findall(r"[A-Z][^A-Z]*", self.name)

    @property
    def audience(self) -> str:
        """`public`, `answers` to one partner, or `partner`, who sends it."""
        return self.record.subject.split(".")[1]

    @property
    def is_sent(self) -> bool:
        """Whether partners send it; all others they read."""
        return self.audience == "partner"

    @property
    def publisher(self) -> str:
        """The service that publishes it, or `partner`."""
        return "partner" if self.is_sent else self.record.subject.split(".")[2]

    @property
    def group(self) -> str:
        """Under which word it stands in the catalogue: its service, `answers` or `partner`."""
        return self.publisher if self.audience == "public" else self.audience

    @property
    def key_field(self) -> str:
        """The field that is the key: `insight`."""
        if self.is_sent:
            return "key"
        return self.record.subject.rpartition("<")[2].rstrip(">")

    @property
    def root(self) -> str:
        """Its subject without the key."""
        return self.record.subject.rpartition(".")[0]

    def subject_of(self, body: Body) -> str:
        """The subject on which a body was published or sent."""
        named = {**body, "partner": body.get("partner", EXAMPLE_PARTNER)}
        return re.sub(r"<(\w+)>", lambda found: str(named[found[1]]), self.record.subject)


def contract_events(records: Mapping[str, Record], log: Sequence[Change]) -> dict[str, ContractEvent]:
    """Every version of all that partners read and send, by type.

    What is public comes first, then what they are answered and what they send, each in the order of the
    code; what that lost comes last.
    """
    order = [*BY_TYPE, *(one.TYPE for one in CONTRIBUTED), *records]
    theirs = [record for record in records.values() if record.subject.startswith(history.THEIRS)]
    theirs.sort(key=lambda record: (_place(record), order.index(record.type_name)))
    return {record.type_name: _event(record, theirs, log) for record in theirs}


def words(events: Mapping[str, ContractEvent]) -> set[str]:
    """Everything of the events that people read, in English: what pages need translations for."""
    found = set()
    for event in events.values():
        found |= {event.says, *event.more}
        fields = [*event.fields, *(field for part in event.parts for field in part.fields)]
        found |= {part.description for part in event.parts}
        found |= {text for field in fields for text in (field.kind, field.description)}
    return found - {""}


def _event(record: Record, theirs: Sequence[Record], log: Sequence[Change]) -> ContractEvent:
    says, *more = _paragraphs(record.schema)
    since = history.since(log, record.type_name)
    return ContractEvent(
        record=record,
        name=record.schema["title"],
        says=says,
        more=tuple(more),
        fields=(fields := tuple(_fields(record.schema, since))),
        parts=tuple(_parts(record.schema, since)),
        examples=tuple(_in_order(body, fields) for body in sorted(record.golden, key=_brevity)),
        changes=history.of_type(log, record.type_name),
        relatives=tuple(one.type_name for one in theirs if _shares_key(one, record)),
        versions=tuple(one.type_name for one in theirs if _stem(one) == _stem(record)),
    )


def _place(record: Record) -> int:
    return next(place for place, start in enumerate(history.THEIRS) if record.subject.startswith(start))


def _brevity(body: Body) -> int:
    return -len(json.dumps(body))


def _in_order(body: Body, fields: Sequence[Field]) -> Body:
    return {field.name: body[field.name] for field in fields if field.name in body} | body


def _shares_key(one: Record, other: Record) -> bool:
    ends = [(record.subject.split(".")[2], record.subject.rpartition(".")[2]) for record in (one, other)]
    return ends[0] == ends[1] and _stem(one) != _stem(other)


def _stem(record: Record) -> str:
    return record.type_name.rpartition(".v")[0]


def _paragraphs(schema: Mapping[str, Any]) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in schema.get("description", "").split("\n\n")]


def _parts(schema: Mapping[str, Any], since: Mapping[str, date]) -> Iterator[Part]:
    for name, part in schema.get("$defs", {}).items():
        yield Part(name, " ".join(_paragraphs(part)), tuple(_fields(part, since, f"{name}.")))


def _fields(schema: Mapping[str, Any], since: Mapping[str, date], within: str = "") -> Iterator[Field]:
    required, properties = schema.get("required", []), schema.get("properties", {})
    # Records are sorted by name; only the list of what is required has the order of the class.
    for name in dict.fromkeys([*required, *properties]):
        field, told = properties[name], properties[name].get("description", "")
        yield Field(
            name, **_value(field), description=told, since=since[within + name], always=name in required
        )


def _value(schema: Mapping[str, Any]) -> dict[str, Any]:
    branches = schema.get("anyOf", ())
    if filled := [branch for branch in branches if branch.get("type") != "null"]:
        return _value(filled[0]) | {"nullable": len(filled) < len(branches)}
    if "$ref" in schema:
        part = schema["$ref"].rpartition("/")[2]
        return {"kind": "", "part": part}
    if schema.get("type") == "array":
        return _value(schema["items"]) | {"many": True}
    if schema.get("type") == "object":
        return {"kind": _TABLE}
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if values:
        return {"kind": _CHOICE, "values": tuple(map(str, values))}
    return {"kind": _OF_TEXT.get(schema.get("format", ""), _KINDS[schema["type"]])}
