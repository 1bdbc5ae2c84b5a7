"""The JSON Schemas as partners get them: standard words only, each under an address of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.schemas.records import Record

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What the gate compares and JSON Schema has no word for; strict validators refuse unknown words.
_OWN_WORDS = {"timezone", "maxDigits", "wholeDigits", "decimalPlaces"}
_OWN_FORMAT = "decimal"
_NAMES = {"properties", "$defs", "patternProperties"}


def path(type_name: str) -> str:
    """Where the schema of a type lies on the site, for good."""
    return f"/schemas/{type_name}.json"


def json_schema(record: Record, site: str) -> dict[str, Any]:
    """The schema of a published version by itself (2020-12), with its address on the `site`."""
    schema = {"$schema": DIALECT, "$id": site.rstrip("/") + path(record.type_name), **standard(record.schema)}
    return schema | ({"deprecated": True} if record.sunset else {})


def components(record: Record, within: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The same for a document that holds all: parts by name, `within` before it, and the body by type."""
    schema = _pointing_to(f"#/components/schemas/{within}", standard(record.schema))
    for name, part in schema.pop("$defs", {}).items():
        yield f"{within}{name}", part
    yield record.type_name, schema | ({"deprecated": True} if record.sunset else {})


def standard(schema: Mapping[str, Any], *, names: bool = False) -> dict[str, Any]:
    """A schema without words of our own; with `names` it is a table of schemas by the names of fields."""
    return {
        word: _standard_within(word, value)
        for word, value in schema.items()
        if names or not (word in _OWN_WORDS or (word == "format" and value == _OWN_FORMAT))
    }


def _standard_within(word: str, value: Any) -> Any:
    if isinstance(value, dict):
        return standard(value, names=word in _NAMES)
    if isinstance(value, list):
        return [standard(one) if isinstance(one, dict) else one for one in value]
    return value


def _pointing_to(place: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {word: _pointing_to(place, one) for word, one in value.items()}
    if isinstance(value, list):
        return [_pointing_to(place, one) for one in value]
    if isinstance(value, str) and value.startswith("#/$defs/"):
        return place + value.removeprefix("#/$defs/")
    return value
