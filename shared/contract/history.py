"""The change log of the contract: what partners met in an event on which day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from shared.schemas.records import Record

PATH = Path(__file__).with_name("changes.jsonl")
# What partners read, are answered, and send.
THEIRS = ("latu.public.", "latu.answers.", "latu.partner.")

Kind = Literal["published", "gained", "sunset"]


@dataclass(frozen=True)
class Change:
    """One line of the log. `fields` are those that came, a part's as `Figure.level`; `until` is a sunset."""

    on: date
    type_name: str
    kind: Kind
    fields: tuple[str, ...] = ()
    until: date | None = None


def load(path: Path = PATH) -> list[Change]:
    """The log, oldest first."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [_from_json(json.loads(line)) for line in lines if line.strip()]


def save(log: Iterable[Change], path: Path = PATH) -> None:
    """Keep the log, a line a change."""
    lines = [json.dumps(_to_json(change), ensure_ascii=False) for change in log]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def unlogged(records: Mapping[str, Record], log: Sequence[Change], today: date) -> list[Change]:
    """What the records say of partners' events and the log does not, as of today."""
    theirs = (record for record in records.values() if record.subject.startswith(THEIRS))
    return [change for record in theirs for change in _of(record, log, today)]


def of_type(log: Sequence[Change], type_name: str) -> tuple[Change, ...]:
    """The changes of one type, newest first."""
    return tuple(reversed([change for change in log if change.type_name == type_name]))


def since(log: Sequence[Change], type_name: str) -> dict[str, date]:
    """The day from which on each field of a type is there."""
    return {name: change.on for change in log if change.type_name == type_name for name in change.fields}


def version(log: Sequence[Change]) -> str:
    """The version of the contract: the day of its newest change, `2026.11.24`."""
    return max(change.on for change in log).isoformat().replace("-", ".")


def fields_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Every field that a schema names: of the body, then of its parts."""
    parts = schema.get("$defs", {})
    inner = (f"{name}.{field}" for name, part in parts.items() for field in part.get("properties", ()))
    return (*schema.get("properties", ()), *inner)


def _of(record: Record, log: Sequence[Change], today: date) -> Iterator[Change]:
    name, said = record.type_name, [change for change in log if change.type_name == record.type_name]
    known = {field for change in said for field in change.fields}
    if new := tuple(sorted(set(fields_of(record.schema)) - known)):
        yield Change(today, name, "gained" if said else "published", new)
    if record.sunset is not None and record.sunset not in {change.until for change in said}:
        yield Change(today, name, "sunset", until=record.sunset)


def _to_json(change: Change) -> dict[str, Any]:
    said = {"on": change.on.isoformat(), "type": change.type_name, "change": change.kind}
    more: dict[str, Any] = {"fields": list(change.fields)} if change.fields else {}
    return {**said, **more, **({"until": change.until.isoformat()} if change.until else {})}


def _from_json(line: dict[str, Any]) -> Change:
    until = line.get("until")
    return Change(
        date.fromisoformat(line["on"]),
        line["type"],
        line["change"],
        tuple(line.get("fields", ())),
        date.fromisoformat(until) if until else None,
    )
