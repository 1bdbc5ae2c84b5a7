"""Which revision of each finding a service knows: the survey told it, and all others should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from nats.js import JetStreamContext
from prometheus_client import Gauge
from sqlalchemy import Select, func, literal, select, union_all

from shared import reading
from shared.db import Transaction
from shared.events import (
    Event,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
)
from shared.reading import Span
from shared.replicas import Replicas
from shared.streams import Durable

KINDS: dict[type[Event], str] = {InsightReleased: "confirmed", IndicationReleased: "indication"}
_TOLD_AS = KINDS | {InsightRetracted: "confirmed", IndicationRetracted: "indication"}

FINDING_REVISIONS = Gauge(
    "latu_finding_revisions",
    "The newest revisions of all findings that this service knows, added up: less than the survey's, where "
    "one did not arrive.",
    ["kind"],
)


@dataclass(frozen=True)
class Findings:
    """The findings of some kinds: columns `kind`, `key`, `revision`, those that no longer hold included."""

    kinds: tuple[str, ...]
    rows: Select[Any]


def of_replicas(replicas: Replicas) -> Findings | None:
    """What a service knows of the survey's findings; None where it listens to none."""
    tables = {kind: replicas[event].table for event, kind in KINDS.items() if event in replicas}
    if not tables:
        return None
    every = union_all(
        *(
            select(literal(kind).label("kind"), table.c.key, table.c.revision)
            for kind, table in tables.items()
        )
    ).subquery()
    return Findings(tuple(tables), select(every))


async def measure_findings(tx: Transaction, findings: Findings) -> None:
    """Add up the newest revisions, by kind; nought where none is known, which is less than the survey's."""
    every = findings.rows.subquery()
    added = select(every.c.kind, func.sum(every.c.revision).label("revisions")).group_by(every.c.kind)
    known = dict.fromkeys(findings.kinds, 0) | {row["kind"]: row["revisions"] for row in await tx.all(added)}
    for kind, revisions in known.items():
        FINDING_REVISIONS.labels(kind).set(revisions)


async def list_findings(tx: Transaction, findings: Findings) -> list[dict[str, Any]]:
    """Each finding with its kind, its key and the newest revision that is known."""
    every = findings.rows.subquery()
    return [dict(row) for row in await tx.all(select(every).order_by(every.c.kind, every.c.key))]


async def list_stuck(
    tx: Transaction, findings: Findings, js: JetStreamContext, durables: Iterable[Durable]
) -> list[dict[str, Any]]:
    """The findings of which the broker has a newer revision than this service knows: with `knows` and `told`.

    Raises:
        Refused: the broker does not answer.
    """
    told: dict[tuple[str, str], int] = {}
    for durable in (one for one in durables if one.event in _TOLD_AS):
        until = await reading.last_sequence(js, durable.stream)
        span = Span(durable.stream, tuple(durable.filter_subjects), 1, until)
        async with aclosing(reading.read(js, span, headers_only=True)) as batches:
            async for messages in batches:
                for message in messages:
                    place = _TOLD_AS[durable.event], message.subject.rpartition(".")[2]
                    told[place] = max(told.get(place, 0), _revision(message.headers))
    known = {(one["kind"], one["key"]): one["revision"] for one in await list_findings(tx, findings)}
    return [
        {"kind": place[0], "key": place[1], "knows": known.get(place, 0), "told": revision}
        for place, revision in sorted(told.items())
        if known.get(place, 0) < revision
    ]


def _revision(headers: Mapping[str, str] | None) -> int:
    """Nought where a message says none: it is no event of ours."""
    said = (headers or {}).get("ce-revision", "")
    return int(said) if said.isascii() and said.isdigit() else 0
