"""Rebuilding what a service derived from events: anew from the streams, while it keeps serving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import ValidationError
from sqlalchemy import MetaData, Table, delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from shared import envelopes, reading
from shared.backbone import dead_letters
from shared.db import Database, Transaction
from shared.errors import Refused
from shared.events import Event
from shared.messaging import Handlers
from shared.reading import Span
from shared.replicas import Replicas, newer_only

_LOCK = 8_120_331
_LOCK_SECONDS = 15


@dataclass(frozen=True)
class Derived:
    """What of a service follows from other services' events: everything else is its own and is never rebuilt.

    `replicas` are its copies of facts. `derive(tx, after)` works out anew what it made of them, in parts: it
    is called with "" first and then with what it gave, until that is None. `lock` is taken first of all,
    where handlers take a lock before they write.
    """

    replicas: Replicas = field(default_factory=dict)
    derive: Callable[[Transaction, str], Awaitable[str | None]] | None = None
    lock: Callable[[Transaction], Awaitable[None]] | None = None

    @property
    def tables(self) -> dict[str, Table]:
        """The tables of the replicas by name, sorted."""
        found = {replica.table.name: replica.table for replica in self.replicas.values()}
        return dict(sorted(found.items()))


NOTHING_DERIVED = Derived()


@dataclass(frozen=True)
class Order:
    """Who asks for it, and whether what no event speaks of may go."""

    actor: str
    drop: bool = False


@dataclass(frozen=True)
class Rebuilt:
    """`events` were read, `skipped` are dead letters; by table: its things, those put right, those gone."""

    events: int
    skipped: int
    tables: dict[str, dict[str, int]]


class Reader:
    """Reads what the handlers listen to, stream by stream, each time from where it left off."""

    def __init__(self, js: JetStreamContext, handlers: Handlers, dead: set[str]) -> None:
        self.js = js
        self.dead = dead
        self.by_root = {root: event for event in handlers.by_event for root in event.roots()}
        self.next: dict[str, int] = {event.audience(): 1 for event in handlers.by_event}
        self.events = 0
        self.skipped = 0

    async def read_on(self, keep: Callable[[Sequence[Event]], Awaitable[None]]) -> None:
        """Hand over every event up to the present end of each stream, in batches."""
        for stream, start in self.next.items():
            until = await reading.last_sequence(self.js, stream)
            if until >= start:
                span = Span(stream, self._subjects(stream), start, until)
                async with aclosing(reading.read(self.js, span)) as batches:
                    async for messages in batches:
                        await keep([event for message in messages if (event := self._event(message))])
            self.next[stream] = until + 1

    def _subjects(self, stream: str) -> tuple[str, ...]:
        return tuple(f"{root}.*" for root, event in self.by_root.items() if event.audience() == stream)

    def _event(self, message: Msg) -> Event | None:
        """The event of a message; None where it is a dead letter, could only become one, or only repeats."""
        headers = message.headers or {}
        event = self.by_root[message.subject.rsplit(".", 1)[0]]
        found = None
        if envelopes.event_id(headers, message.subject, message.data) not in self.dead:
            with suppress(Refused, ValidationError):
                found = envelopes.read(event, headers, message.data)
        self.events += found is not None
        self.skipped += found is None
        return found


async def rebuild(
    database: Database, js: JetStreamContext, handlers: Handlers, derived: Derived, order: Order
) -> Rebuilt:
    """Fill shadows of the replicas from the streams, put them in their place, and derive the rest anew.

    Readers see the old state until the new one is whole. Handlers go on; they wait only while the shadows
    take over what came last. What fails changes nothing.

    Raises:
        Refused: a rebuild is going on, the broker is away, or the streams do not hold everything.
    """
    async with database.transaction() as tx:
        await _be_alone(tx)
        reader = Reader(js, handlers, await _load_dead(tx))
        shadows = await _make_shadows(tx, derived)
        keep = _keeper(tx, derived.replicas, shadows)
        await reader.read_on(keep)
        await reader.read_on(keep)  # what came while the long part was read: the locked part is short
        await _keep_writers_out(tx, derived)
        await reader.read_on(keep)
        tables = {name: await _take_over(tx, table, shadows[name]) for name, table in derived.tables.items()}
        _refuse_losses(tables, order)
        detail = {"events": reader.events, "skipped": reader.skipped, "tables": tables}
        await tx.audit(order.actor, "rebuilt", handlers.service, detail)
        after = await derived.derive(tx, "") if derived.derive else None
    while after is not None and derived.derive:
        async with database.transaction() as tx:
            after = await derived.derive(tx, after)
    return Rebuilt(reader.events, reader.skipped, tables)


async def _be_alone(tx: Transaction) -> None:
    if not await tx.value(select(func.pg_try_advisory_xact_lock(_LOCK))):
        raise Refused("rebuilding", "This service is being rebuilt already.")


async def _load_dead(tx: Transaction) -> set[str]:
    undecided = dead_letters.c.status.in_(("waiting", "discarded"))
    return {row["event_id"] for row in await tx.all(select(dead_letters.c.event_id).where(undecided))}


async def _make_shadows(tx: Transaction, derived: Derived) -> dict[str, Table]:
    found = {}
    for name, table in derived.tables.items():
        found[name] = table.to_metadata(MetaData(), name=f"rebuild_{name}")
        await tx.execute(
            text(f"CREATE TEMPORARY TABLE rebuild_{name} (LIKE {name} INCLUDING ALL) ON COMMIT DROP")
        )
    return found


def _keeper(
    tx: Transaction, replicas: Replicas, shadows: Mapping[str, Table]
) -> Callable[[Sequence[Event]], Awaitable[None]]:
    async def keep(events: Sequence[Event]) -> None:
        newest: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in shadows}
        for event in events:
            replica = replicas[type(event)]
            rows, row = newest[replica.table.name], replica.row(event)
            if row["revision"] > rows.get(row["key"], {"revision": 0})["revision"]:
                rows[row["key"]] = row
        for name, rows in newest.items():
            if rows:
                await tx.execute(newer_only(shadows[name]), list(rows.values()))

    return keep


async def _keep_writers_out(tx: Transaction, derived: Derived) -> None:
    """Readers go on. What a handler committed before is in the streams, and is read after this."""
    if derived.lock:
        await derived.lock(tx)
    if derived.tables:
        await tx.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
        await tx.execute(text(f"LOCK TABLE {', '.join(derived.tables)} IN SHARE ROW EXCLUSIVE MODE"))


async def _take_over(tx: Transaction, table: Table, shadow: Table) -> dict[str, int]:
    """Make a table what its shadow is, touching only what differs."""
    gone = delete(table).where(~exists().where(shadow.c.key == table.c.key))
    lost = await tx.run(gone)
    names = [column.name for column in table.c]
    fresh = insert(table).from_select(names, select(*shadow.c))
    state = {name: fresh.excluded[name] for name in names if name != "key"}
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in state.items()))
    put_right = fresh.on_conflict_do_update(index_elements=[table.c.key], set_=state, where=differs)
    wrong = await tx.run(put_right)
    things = int(await tx.value(select(func.count()).select_from(table)))
    return {"things": things, "put_right": wrong, "gone": lost}


def _refuse_losses(tables: Mapping[str, Mapping[str, int]], order: Order) -> None:
    lost = {name: counts["gone"] for name, counts in tables.items() if counts["gone"]}
    if lost and not order.drop:
        named = ", ".join(f"{count} of {name}" for name, count in lost.items())
        raise Refused(
            "streams_incomplete",
            f"The streams do not hold what was kept before: {named}. `latu outbox republish` puts back what "
            "a broker lost; with --drop it goes. Nothing was changed.",
        )
