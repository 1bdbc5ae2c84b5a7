"""Rebuilding what a service derived from events: anew from the streams, while it keeps serving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import ValidationError
from sqlalchemy import MetaData, Table, Text, cast, delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from shared import dead_letters, envelopes, reading
from shared.db import Database, Transaction
from shared.errors import Refused
from shared.events import Event
from shared.messaging import Handlers
from shared.reading import Span
from shared.replicas import Replicas, newer_only

_LOCK = 8_120_331
_LOCK_SECONDS = 15


async def nothing(_: Transaction, __: str) -> None:
    """Work nothing out: a service may keep facts and make nothing of them."""


@dataclass(frozen=True)
class Derived:
    """What of a service follows from other services' events: everything else is its own and is never rebuilt.

    `replicas` are its copies of facts. `derive(tx, after)` works out anew what it made of them, in parts: it
    is called with "" first, with the facts in one transaction, and then with what it gave, until that is
    None: what it leaves to a later part it has a timer do as well, should that part never come. `lock` is
    taken first of all, where handlers take a lock before they write.
    """

    replicas: Replicas = field(default_factory=dict)
    derive: Callable[[Transaction, str], Awaitable[str | None]] = nothing
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
class Taken:
    """Of one table: its things, those put right, those that no event speaks of, and those that were newer."""

    things: int
    put_right: int
    gone: int
    set_back: int


@dataclass(frozen=True)
class Rebuilt:
    """`events` were read, `skipped` are dead letters; by table what became of its things."""

    events: int
    skipped: int
    tables: dict[str, Taken]


class Reader:
    """Reads what the handlers listen to, stream by stream, each time from where it left off."""

    def __init__(self, js: JetStreamContext, handlers: Handlers, dead: set[str]) -> None:
        self.js = js
        self.dead = dead
        self.aside: dict[str, Span] = {}
        self.by_root = {root: event for event in handlers.by_event for root in event.roots()}
        self.next: dict[str, int] = {event.audience(): 1 for event in handlers.by_event}
        self.events = 0
        self.skipped = 0

    async def read_on(self, keep: Callable[[Sequence[Event]], Awaitable[None]]) -> None:
        """Hand over every event up to the present end of each stream, in batches."""
        for stream, start in self.next.items():
            until = await reading.last_sequence(self.js, stream)
            if until >= start:
                await self._read(Span(stream, self._subjects(stream), start, until), keep)
            self.next[stream] = until + 1

    async def read_decided(self, dead: set[str], keep: Callable[[Sequence[Event]], Awaitable[None]]) -> None:
        """Hand over what was a dead letter when it was read and is none any more: it was handled since."""
        self.dead = dead
        for span in [span for event_id, span in self.aside.items() if event_id not in dead]:
            self.skipped -= 1
            await self._read(span, keep)

    async def _read(self, span: Span, keep: Callable[[Sequence[Event]], Awaitable[None]]) -> None:
        async with aclosing(reading.read(self.js, span)) as batches:
            async for messages in batches:
                await keep([event for message in messages if (event := self._event(message))])

    def _subjects(self, stream: str) -> tuple[str, ...]:
        return tuple(f"{root}.*" for root, event in self.by_root.items() if event.audience() == stream)

    def _event(self, message: Msg) -> Event | None:
        """The event of a message; None where it is a dead letter, could only become one, or only repeats."""
        headers, place = message.headers or {}, reading.sequence(message)
        event = self.by_root[message.subject.rsplit(".", 1)[0]]
        event_id = envelopes.event_id(headers, message.subject, message.data)
        found = None
        if event_id in self.dead:
            self.aside[event_id] = Span(event.audience(), (message.subject,), place, place)
        else:
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
    take over what came last. What fails until then changes nothing; what fails later is worked out by the
    service's timers.

    Raises:
        Refused: a rebuild is going on, the broker is away, or the streams do not hold everything.
    """
    async with database.transaction() as tx:
        await _be_alone(tx)
        reader = Reader(js, handlers, await dead_letters.list_undecided(tx))
        tables = await _replace(tx, reader, derived)
        _refuse_losses(tables, order)
        done = Rebuilt(reader.events, reader.skipped, tables)
        await tx.audit(order.actor, "rebuilt", handlers.service, asdict(done))
        after = await derived.derive(tx, "")
    while after is not None:
        async with database.transaction() as tx:
            after = await derived.derive(tx, after)
    return done


async def _be_alone(tx: Transaction) -> None:
    if not await tx.value(select(func.pg_try_advisory_xact_lock(_LOCK))):
        raise Refused("rebuilding", "This service is being rebuilt already.")


async def _replace(tx: Transaction, reader: Reader, derived: Derived) -> dict[str, Taken]:
    shadows = await _make_shadows(tx, derived)
    keep = _keeper(tx, derived.replicas, shadows)
    await reader.read_on(keep)
    await reader.read_on(keep)  # what came while the long part was read: the locked part is short
    await _keep_writers_out(tx, derived)
    await reader.read_on(keep)
    await reader.read_decided(await dead_letters.list_undecided(tx), keep)
    return {name: await _take_over(tx, table, shadows[name]) for name, table in derived.tables.items()}


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


async def _take_over(tx: Transaction, table: Table, shadow: Table) -> Taken:
    """Make a table what its shadow is, touching only what differs."""
    gone = delete(table).where(~exists().where(shadow.c.key == table.c.key))
    lost = await tx.run(gone)
    newer = (table.c.key == shadow.c.key) & (table.c.revision > shadow.c.revision)
    # A row that says the same of itself twice was told so once; any other was damaged.
    told = table.c.state["revision"].astext == cast(table.c.revision, Text)
    set_back = int(await tx.value(select(func.count()).select_from(table).where(exists().where(newer), told)))
    names = [column.name for column in table.c]
    fresh = insert(table).from_select(names, select(*shadow.c))
    state = {name: fresh.excluded[name] for name in names if name != "key"}
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in state.items()))
    put_right = fresh.on_conflict_do_update(index_elements=[table.c.key], set_=state, where=differs)
    wrong = await tx.run(put_right)
    things = int(await tx.value(select(func.count()).select_from(table)))
    return Taken(things, wrong - set_back, lost, set_back)


def _refuse_losses(tables: Mapping[str, Taken], order: Order) -> None:
    lost = {name: one.gone + one.set_back for name, one in tables.items() if one.gone or one.set_back}
    if lost and not order.drop:
        named = ", ".join(f"{count} of {name}" for name, count in lost.items())
        raise Refused(
            "streams_incomplete",
            f"The streams do not hold what was kept before: {named}. `latu outbox republish` puts back what "
            "a broker lost; with --drop it goes. Nothing was changed.",
        )
