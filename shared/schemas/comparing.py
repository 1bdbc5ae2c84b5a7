"""Whether all that one JSON Schema lets write can be read under another; if not, where not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

_REMARKS = {"$defs", "title", "description", "default", "examples", "deprecated", "discriminator", "readOnly"}
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = (
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
    "maxDigits",
    "wholeDigits",
    "decimalPlaces",
)
_EXACT = ("pattern", "format", "timezone", "multipleOf", "uniqueItems")
_STRUCTURE = {
    "$ref", "type", "enum", "const", "anyOf", "oneOf", "properties", "required", "additionalProperties",
    "patternProperties", "propertyNames", "items", "prefixItems",
}  # fmt: skip
_KNOWN = {*_REMARKS, *_LOWER, *_UPPER, *_EXACT, *_STRUCTURE}
_TYPES = {str: "string", bool: "boolean", type(None): "null", int: "integer", float: "number"}


@dataclass
class Comparison:
    """What is written under `writer`, which writes nothing but what it names, against what `reader` reads.

    A reader ignores fields that it does not know. With `keep` it is the same contract later on, which may
    forget no field and change no default. What cannot be shown to fit does not fit.
    """

    writer: Schema
    reader: Schema
    keep: bool = False
    within: list[tuple[str, str]] = field(default_factory=list)

    def misfits(self) -> list[str]:
        """Every place at which something can be written that cannot be read, and why: `/note: …`."""
        return list(dict.fromkeys(self._any(self.writer, self.reader, "")))

    def _any(self, wrote: Schema, reads: Schema, at: str) -> Iterator[str]:
        pair = (wrote.get("$ref", ""), reads.get("$ref", ""))
        if all(pair) and pair in self.within:
            return  # a type that holds itself
        self.within.append(pair)
        yield from self._unfolded(_resolved(wrote, self.writer), _resolved(reads, self.reader), at)
        self.within.pop()

    def _unfolded(self, wrote: Schema, reads: Schema, at: str) -> Iterator[str]:
        if unknown := sorted({*wrote, *reads} - _KNOWN):
            yield f"{at or '/'}: the gate does not understand {', '.join(unknown)}"
        elif (branches := _branches(wrote)) is not None:
            for branch in branches:
                yield from self._any(branch, reads, at)
        elif (branches := _branches(reads)) is not None:
            if all([*self._any(wrote, branch, at)] for branch in branches):
                yield f"{at or '/'}: {_shown(wrote)} fits none of what is read"
        else:
            yield from self._one(wrote, reads, at)

    def _one(self, wrote: Schema, reads: Schema, at: str) -> Iterator[str]:
        if (values := _values(wrote)) is not None:
            refused = [value for value in values if not _accepts(reads, value)]
            if refused:
                yield f"{at or '/'}: {', '.join(map(repr, refused))} cannot be read"
        elif _values(reads) is not None:
            yield f"{at or '/'}: only {', '.join(map(repr, _values(reads) or ()))} can be read"
        elif not _type_fits(wrote.get("type"), reads.get("type")):
            yield f"{at or '/'}: {_shown(wrote)} is written, {_shown(reads)} is read"
        else:
            yield from _narrower(wrote, reads, at)
            yield from self._fields(wrote, reads, at)
            yield from self._free_names(wrote, reads, at)
            yield from self._items(wrote, reads, at)

    def _fields(self, wrote: Schema, reads: Schema, at: str) -> Iterator[str]:
        written, known = wrote.get("properties", {}), reads.get("properties", {})
        always, needed = wrote.get("required", []), reads.get("required", [])
        for name in needed:
            if name not in always:
                yield f"{at}/{name}: is required, and is not always written"
        for name, part in written.items():
            if name not in known:
                yield from self._unnamed(part, reads, f"{at}/{name}")
                continue
            yield from self._any(part, known[name], f"{at}/{name}")
            optional = name not in always and name not in needed
            if self.keep and optional and part.get("default", ...) != known[name].get("default", ...):
                yield f"{at}/{name}: its default changed, and with it what was said without it"

    def _free_names(self, wrote: Schema, reads: Schema, at: str) -> Iterator[str]:
        """Tables, whose names are no fields: what the reader makes of any of them."""
        patterns: Schema = wrote.get("patternProperties", {})
        more = wrote.get("additionalProperties", False)
        parts = [*patterns.values(), *([] if more is False else [{} if more is True else more])]
        for part in parts:
            yield from self._unnamed(part, reads, f"{at}/*")
            for name, known in reads.get("properties", {}).items():
                yield from self._any(part, known, f"{at}/{name}")
        if "propertyNames" in reads and parts:
            yield from self._any(wrote.get("propertyNames", {}), reads["propertyNames"], f"{at}/* (name)")
        if "patternProperties" in reads and [*patterns] != [*reads["patternProperties"]]:
            yield f"{at or '/'}: names have another form"

    def _unnamed(self, part: Schema, reads: Schema, at: str) -> Iterator[str]:
        """What is written under a name that the reader does not know as a field."""
        patterns = reads.get("patternProperties", {})
        taken = next(iter(patterns.values()), reads.get("additionalProperties"))
        if isinstance(taken, dict):
            yield from self._any(part, taken, at)
        elif taken is False or (taken is None and self.keep):
            yield f"{at}: is not read any more"

    def _items(self, wrote: Schema, reads: Schema, at: str) -> Iterator[str]:
        mine, theirs = wrote.get("prefixItems", []), reads.get("prefixItems", [])
        if len(mine) != len(theirs):
            yield f"{at or '/'}: {len(mine)} fixed places are written, {len(theirs)} are read"
        for number, (one, other) in enumerate(zip(mine, theirs, strict=False)):
            yield from self._any(one, other, f"{at}/{number}")
        if "items" in reads:
            yield from self._any(wrote.get("items", {}), reads["items"], f"{at}/*")


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        found = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        schema = {**found, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def _branches(schema: Schema) -> list[Schema] | None:
    found: list[Schema] | None = schema.get("anyOf") or schema.get("oneOf")
    return found


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found: list[Any] | None = schema.get("enum")
    return found


def _shown(schema: Schema) -> str:
    return str(schema.get("type", "anything"))


def _type_fits(written: object, read: object) -> bool:
    return read is None or written == read or (written, read) == ("integer", "number")


def _accepts(schema: Schema, value: Any) -> bool:
    values = _values(schema)
    if values is not None:
        return any(value == one and type(value) is type(one) for one in values)
    if not _type_fits(_TYPES.get(type(value)), schema.get("type")):
        return False
    if not isinstance(value, str):
        return not any(name in schema for name in (*_LOWER, *_UPPER, *_EXACT))
    long_enough = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
    return long_enough and "format" not in schema and re.search(schema.get("pattern", ""), value) is not None


def _narrower(wrote: Schema, reads: Schema, at: str) -> Iterator[str]:
    for names, worse in ((_LOWER, min), (_UPPER, max)):
        for name in names:
            if name in reads and (name not in wrote or worse(wrote[name], reads[name]) != reads[name]):
                yield f"{at or '/'}: {name} {wrote.get(name, 'unset')} is written, {reads[name]} is read"
    for name in _EXACT:
        if name in reads and wrote.get(name) != reads[name]:
            yield f"{at or '/'}: {name} {wrote.get(name, 'unset')} is written, {reads[name]} is read"
