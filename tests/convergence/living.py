"""The live state of a service: every table, without what is history by nature. That is listed here, with why."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData, RowMapping, select

from shared.backbone import outbox, withdrawn
from shared.db import Transaction
from shared.events import BY_TYPE

Row = dict[str, Any]
Snapshot = dict[str, list[str]]


@dataclass(frozen=True)
class Nature:
    """What of one table may differ between two ways to the same state.

    `columns` are left out, `rows` says which rows are, `inside` takes out what lies deeper.
    """

    why: str
    columns: frozenset[str] = frozenset()
    rows: Callable[[Row], bool] = lambda _: False
    inside: Callable[[Row], Row] = lambda row: row


def _version_without_numbering(row: Row) -> Row:
    entries = [{**entry, "revision": None} for entry in row["content"]["entries"]]
    return {**row, "content": {**row["content"], "entries": entries}}


HISTORY: Mapping[str, Mapping[str, Nature]] = {
    "survey": {},
    "coaching": {
        "playbooks": Nature(
            "How often a playbook was remade on the way, and when it last was. Its fingerprint is that of its items, "
            "in which keys made by chance are named.",
            columns=frozenset({"revision", "remade_at", "fingerprint"}),
        ),
    },
    "model": {
        "recommendations": Nature(
            "How often a recommendation changed on the way and when it last did; proposals that nobody decided on "
            "and that nothing proposes any more.",
            columns=frozenset({"revision", "status_since"}),
            rows=lambda row: row["status"] == "retired" and row["decision"] is None,
        ),
        "versions": Nature(
            "How often a version was marked on the way, and the revisions that its recommendations had then.",
            columns=frozenset({"revision"}),
            inside=_version_without_numbering,
        ),
    },
    "campaign": {
        "themes": Nature(
            "When a theme last changed; themes that are dormant, which is as if nobody had ever thought of them.",
            columns=frozenset({"changed_at"}),
            rows=lambda row: row["status"] == "dormant",
        ),
        "posts": Nature(
            "How often the public saw a post change, and when it last did.",
            columns=frozenset({"revision", "changed_at"}),
        ),
        "stories": Nature("The code of its teller's receipt is drawn.", columns=frozenset({"code_digest"})),
    },
}

# What was told of a thing that is gone says the same as nothing: whoever hears only the last word knows no more.
SILENT: Mapping[str, Callable[[Row], bool]] = {
    "latu.coaching.playbook_remade.v1": lambda body: not body["items"],
    "latu.model.recommendation_revised.v1": lambda body: body["status"] == "retired",
}

# Keys that are made by chance: how to call them by what they are for.
MADE_BY_CHANCE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "coaching": {
        "playbooks": ("playbook", "organisation"),
        "actions": ("action", "visit", "practice"),
        "outcomes": ("outcome", "practice"),
    },
    "campaign": {"stories": ("key", "title")},
}


def tables_of(service: str) -> MetaData:
    """The tables of a service, without those that every service has."""
    metadata = importlib.import_module(f"services.{service}.tables").metadata
    assert isinstance(metadata, MetaData)
    return metadata


async def snapshot(tx: Transaction, service: str) -> Snapshot:
    """The live rows of each table as JSON, and the last word that was told of each thing."""
    found = {
        table.name: _live(
            [dict(row) for row in await tx.all(select(table))], HISTORY[service].get(table.name)
        )
        for table in (*tables_of(service).sorted_tables, withdrawn)
    }
    found["(told)"] = _last_words(await tx.all(select(outbox).order_by(outbox.c.revision)))
    named = await _names(tx, service)
    return {name: sorted(_as_text(row, named) for row in rows) for name, rows in found.items() if rows}


def differences(expected: Snapshot, found: Snapshot) -> list[str]:
    """The rows that are in one of two states only."""
    return [
        f"{sign} {table}: {row}"
        for table in sorted({*expected, *found})
        for sign, here, there in (("missing", expected, found), ("too much", found, expected))
        for row in here.get(table, [])
        if row not in there.get(table, [])
    ]


def _live(rows: list[Row], nature: Nature | None) -> list[Row]:
    if nature is None:
        return rows
    kept = (nature.inside(row) for row in rows if not nature.rows(row))
    return [{name: value for name, value in row.items() if name not in nature.columns} for row in kept]


def _last_words(rows: Any) -> list[Row]:
    """Of each thing what its highest revision says: the same thing has several types."""
    last: dict[tuple[str, str], RowMapping] = {(_kind(row), row["key"]): row for row in rows}
    bodies = ((row["type"], json.loads(row["body"])) for row in last.values() if row["body"])
    spoken = ((kind, body) for kind, body in bodies if not SILENT.get(kind, lambda _: False)(body))
    return [{"type": kind, **_without_numbering(body)} for kind, body in spoken]


def _kind(row: RowMapping) -> str:
    return f"{BY_TYPE[row['type']].publisher()}.{BY_TYPE[row['type']].SUBJECT.rpartition('.')[2]}"


def _without_numbering(body: Row) -> Row:
    said = {name: value for name, value in body.items() if name not in ("revision", "occurred_at")}
    if "recommendations" in said:
        said["recommendations"] = [{**one, "revision": None} for one in said["recommendations"]]
    return said


async def _names(tx: Transaction, service: str) -> dict[str, str]:
    named = {}
    for name, (key, *by) in MADE_BY_CHANCE.get(service, {}).items():
        for row in await tx.all(select(tables_of(service).tables[name])):
            named[row[key]] = f"({name} {' '.join(str(row[column]) for column in by)})"
    return named


def _as_text(row: Row, named: Mapping[str, str]) -> str:
    said = json.dumps(row, default=str, ensure_ascii=False, sort_keys=True)
    for key, name in named.items():
        said = said.replace(key, name)
    return said
