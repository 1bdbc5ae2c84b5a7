"""What was published or taken once, as it lies in the repository: of each version its schema and examples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.errors import Invalid
from shared.events import Event
from shared.events.contributed import Contributed

FOLDER = Path(__file__).resolve().parents[1] / "events" / "recorded"
SENT = FOLDER / "sent"
_SCHEMA, _GOLDEN = ".schema.json", ".golden.jsonl"
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_DIGITS = {"max_digits": "maxDigits", "decimal_places": "decimalPlaces"}

Body = dict[str, Any]
Recordable = type[Event] | type[Contributed]
_Field = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField


class _Exact(GenerateJsonSchema):
    """Says also that every field is always written, and what JSON Schema has no word for.

    That is the digits and bounds of decimals, which are written as text, and times that need an offset.
    """

    def field_is_required(self, field: _Field, total: bool) -> bool:
        """Bodies are written with every field, also with those that have a default."""
        return self.mode == "serialization" or super().field_is_required(field, total)

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Adds digits and bounds to both forms, and to the text that it is a number."""
        made = super().decimal_schema(schema)
        said: dict[str, Any] = {name: schema[key] for key, name in _DIGITS.items() if key in schema}  # type: ignore[literal-required]
        said |= {name: float(schema[key]) for key, name in _BOUNDS.items() if key in schema}  # type: ignore[literal-required]
        if "maxDigits" in said:
            said["wholeDigits"] = said["maxDigits"] - said.get("decimalPlaces", 0)
        for branch in made.get("anyOf", [made]):
            branch.update(said | ({"format": "decimal"} if branch["type"] == "string" else {}))
        return made

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        """Adds `timezone: aware`."""
        made = super().datetime_schema(schema)
        return made | {"timezone": schema["tz_constraint"]} if "tz_constraint" in schema else made


@dataclass(frozen=True)
class Record:
    """One published version of an event: the schema that its readers read by, and bodies that were said.

    From the day `sunset` on it need not be published any more. It must still be readable.
    """

    type_name: str
    subject: str
    schema: dict[str, Any]
    sunset: date | None = None
    golden: Sequence[Body] = field(default=())

    @classmethod
    def of(cls, event: Recordable) -> Record:
        """The record of an event as its class is now, without examples."""
        return cls(event.type_name(), event.SUBJECT, event.model_json_schema(schema_generator=_Exact))

    def renewed(self, event: Recordable) -> Record:
        """The same version as its class is now."""
        return replace(Record.of(event), sunset=self.sunset, golden=self.golden)

    def is_over(self, today: date) -> bool:
        """Whether its sunset has come."""
        return self.sunset is not None and self.sunset <= today


def written_by(event: type[Event]) -> dict[str, Any]:
    """The schema of what the publisher of an event sends: fields with a default are always there."""
    return event.model_json_schema(mode="serialization", schema_generator=_Exact)


def load(folder: Path = FOLDER) -> dict[str, Record]:
    """All records by type.

    Raises:
        Invalid: a file is not what it should be; says which.
    """
    paths = sorted(folder.glob(f"*{_SCHEMA}"))
    return {(name := path.name.removesuffix(_SCHEMA)): _load(name, folder) for path in paths}


def load_all() -> dict[str, Record]:
    """The records of our events and, after them, of what partners send. Raises what `load` raises."""
    return load() | load(SENT)


def save(record: Record, folder: Path = FOLDER) -> None:
    """Keep the schema of a record. Its examples are put beside it by hand."""
    document = {
        "schema": record.schema,
        "subject": record.subject,
        "sunset": record.sunset.isoformat() if record.sunset else None,
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / f"{record.type_name}{_SCHEMA}").write_text(f"{text}\n", encoding="utf-8")


def golden_path(type_name: str, folder: Path = FOLDER) -> Path:
    """Where the examples of a type lie: a body a line."""
    return folder / f"{type_name}{_GOLDEN}"


def _load(name: str, folder: Path) -> Record:
    document = _json(folder / f"{name}{_SCHEMA}")[0]
    path = golden_path(name, folder)
    golden = _json(path, lines=True) if path.exists() else []
    sunset = document["sunset"]
    try:
        day = date.fromisoformat(sunset) if sunset is not None else None
    except (TypeError, ValueError) as error:
        raise Invalid("no_day", f"{name}{_SCHEMA}: the sunset is no day such as 2027-06-30.") from error
    return Record(name, document["subject"], document["schema"], day, golden)


def _json(path: Path, *, lines: bool = False) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    try:
        return [json.loads(part) for part in (text.splitlines() if lines else [text]) if part.strip()]
    except ValueError as error:
        raise Invalid("no_json", f"{path.name} holds no JSON.") from error
