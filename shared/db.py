"""The database: transactions that emit events and wake what waits for them."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, CursorResult, Executable, RowMapping, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from shared import tracing
from shared.backbone import audit, dead_letters, outbox, purges, withdrawn
from shared.connections import how_to_connect
from shared.errors import TooLarge
from shared.events import Event
from shared.events.versions import all_versions
from shared.ids import new_id
from shared.observability import POOL_WAIT_SECONDS
from shared.origins import Origin, Signal

Clock = Callable[[], datetime]
OUTBOX_SIGNAL = "outbox"
PROBE_SECONDS = 2.0
POOL_SECONDS = 5.0
# With its headers less than the broker takes (max_payload, 4 MB): what it refuses would wait for ever.
LARGEST_EVENT_BYTES = 4_000_000


def now_in_utc() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Transaction:
    """One unit of work. Emitted events reach the outbox in the same commit; nothing else publishes."""

    def __init__(self, conn: AsyncConnection, now: datetime) -> None:
        self.conn = conn
        self.now = now
        self.origin = self._begin()
        self.signals: dict[str, list[Origin]] = {}
        self.afterwards: list[Callable[[], object]] = []
        self._emitted: list[dict[str, Any]] = []

    def _begin(self) -> Origin:
        span = tracing.current()
        if span is None:
            return Origin(correlation_id=self.new_id())
        return Origin(correlation_id=span.place.trace_id, traceparent=span.place.traceparent)

    @contextmanager
    def on_behalf_of(
        self, origin: Origin, name: str, kind: tracing.Kind = "internal", after: Iterable[str | None] = ()
    ) -> Iterator[tracing.Span]:
        """What is emitted within answers to `origin`, in a span of its trace."""
        before, beside = self.origin, tracing.current()
        batch = [beside.place.traceparent] if beside else []
        with tracing.span(name, kind, parent=origin.traceparent, after=[*batch, *after]) as span:
            self.origin = dataclasses.replace(origin, traceparent=span.place.traceparent)
            try:
                yield span
            finally:
                self.origin = before

    def new_id(self) -> str:
        """A fresh, time-sorted identifier; valid as the key of an event."""
        return new_id(self.now)

    def emit(self, event: Event) -> str:
        """Put an event into the outbox with this transaction; returns the event's id.

        Beside it goes the same fact in each earlier version that is still published.

        Raises:
            TooLarge: no broker would take it.
        """
        event_id = self.new_id()
        self._emitted += [self._row(one_id, told) for one_id, told in all_versions(event, event_id)]
        self.wake(OUTBOX_SIGNAL)
        return event_id

    def _row(self, event_id: str, event: Event) -> dict[str, Any]:
        body = event.model_dump_json()
        if len(body.encode()) > LARGEST_EVENT_BYTES:
            raise TooLarge("event_too_large", "This is too large to be passed on. Make it smaller.")
        return {
            "id": event_id,
            "type": event.type_name(),
            "subject": event.subject,
            "key": event.key,
            "stream": event.audience(),
            "revision": event.revision,
            "body": body,
            "correlation_id": self.origin.correlation_id,
            "causation_id": self.origin.causation_id,
            "traceparent": self.origin.traceparent,
            "occurred_at": event.occurred_at,
        }

    def wake(self, name: str) -> None:
        """After the commit, wake what waits for `name` in this process; others find it by polling."""
        asked = self.signals.setdefault(name, [])
        if not asked or asked[-1] is not self.origin:
            asked.append(self.origin)

    def once_committed(self, act: Callable[[], object]) -> None:
        """Do this right after the commit, and never without one: what is counted must have happened."""
        self.afterwards.append(act)

    async def execute(
        self, statement: Executable, params: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run a statement."""
        return await self.conn.execute(statement, params)

    async def all(
        self, statement: Executable, params: Mapping[str, Any] | None = None
    ) -> Sequence[RowMapping]:
        """All rows, by column name."""
        return (await self.conn.execute(statement, params)).mappings().all()

    async def first(
        self, statement: Executable, params: Mapping[str, Any] | None = None
    ) -> RowMapping | None:
        """The first row or None."""
        return (await self.conn.execute(statement, params)).mappings().first()

    async def value(self, statement: Executable, params: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        return (await self.conn.execute(statement, params)).scalar()

    async def run(self, statement: Executable, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement that changes rows; returns how many."""
        return int((await self.conn.execute(statement, params)).rowcount)

    async def audit(
        self, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Write who did what to which thing into the audit trail."""
        row = {"at": self.now, "actor": actor, "action": action, "subject": subject, "detail": detail or {}}
        await self.conn.execute(insert(audit), row)

    async def purge_key(self, event: type[Event], key: str) -> None:
        """Forget what was said about an entity: outbox and dead letters now, the stream by the relay."""
        said = event.type_names()
        self._emitted = [row for row in self._emitted if row["key"] != key or row["type"] not in said]
        gone = outbox.c.type.in_(said) & (outbox.c.key == key)
        await self.conn.execute(delete(outbox).where(gone & outbox.c.published_at.is_(None)))
        await self.conn.execute(update(outbox).where(gone).values(body=""))
        await self.forget_letters(event, key)
        row = {"stream": event.audience(), "requested_at": self.now}
        asked = upsert(purges).values([row | {"subject": f"{root}.{key}"} for root in event.roots()])
        await self.conn.execute(
            asked.on_conflict_do_update(index_elements=[purges.c.subject], set_={"done_at": None})
        )
        self.wake(OUTBOX_SIGNAL)

    async def forget_letters(self, event: type[Event], key: str, revision: int | None = None) -> None:
        """Delete the dead letters about an entity; whoever handles its withdrawal calls it as well.

        With the withdrawal's `revision` later states stay, and a letter that comes late is not kept either.
        """
        await self.lock_letters(event.type_name(), key)
        about = dead_letters.c.type.in_(event.type_names()) & (dead_letters.c.key == key)
        if revision is not None:
            about &= func.coalesce(dead_letters.c.revision, 0) <= revision
            gone = upsert(withdrawn).values(type=event.type_name(), key=key, revision=revision)
            newest = func.greatest(withdrawn.c.revision, gone.excluded.revision)
            await self.conn.execute(
                gone.on_conflict_do_update(index_elements=["type", "key"], set_={"revision": newest})
            )
        await self.conn.execute(delete(dead_letters).where(about))

    async def lock_letters(self, type_name: str, key: str) -> None:
        """One at a time puts messages about an entity aside or forgets them, until the commit."""
        place = func.hashtextextended(f"letters {type_name} {key}", 0)
        await self.conn.execute(select(func.pg_advisory_xact_lock(place)))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that can fail alone: then nothing of it is kept or emitted."""
        emitted = list(self._emitted)
        signals = {name: list(asked) for name, asked in self.signals.items()}
        afterwards = list(self.afterwards)
        try:
            async with self.conn.begin_nested():
                yield
        except BaseException:
            self._emitted, self.signals, self.afterwards = emitted, signals, afterwards
            raise

    async def flush(self) -> None:
        """Write the emitted events; called once, at the end of the transaction."""
        if self._emitted:
            await self.conn.execute(insert(outbox), self._emitted)
            self._emitted = []


class Database:
    """A pool of connections to one service's database, with the clock that its commands see.

    Metrics tell it by its `name`.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        clock: Clock = now_in_utc,
        connections: int = 10,
        statement_seconds: float | None = None,
        name: str = "own",
    ) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=False,
            pool_timeout=POOL_SECONDS,
            connect_args=how_to_connect(statement_seconds),
            # They are answers and events, and the text of an error would repeat them.
            hide_parameters=True,
        )
        self.name, self.connections = name, connections
        self.clock = clock
        self.turns = asyncio.Semaphore(max(1, connections // 2))
        self.leave_taken = asyncio.Event()
        self._signals: dict[str, Signal] = {}

    @property
    def taken(self) -> int:
        """How many of its connections are in use."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    @property
    def leaving(self) -> bool:
        """Whether what works by itself shall end after what it has in hand."""
        return self.leave_taken.is_set()

    def leave(self) -> None:
        """Let what works by itself on this database end soon: it takes up nothing more."""
        self.leave_taken.set()
        for signal in self._signals.values():
            signal.set()

    @asynccontextmanager
    async def transaction(self, origin: Origin | None = None) -> AsyncIterator[Transaction]:
        """A transaction that commits at its end, or rolls everything back."""
        try:
            async with self._connected() as conn:
                tx = Transaction(conn, self.clock())
                if origin is not None:
                    tx.origin = origin
                yield tx
                await tx.flush()
        except Exception as error:
            # Where the database is gone the rollback fails too, and its error hides that we were cancelled:
            # what works for ever would take it for one more fault, and never end.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError from error
            raise
        for name, asked in tx.signals.items():
            self.signal(name).wake(asked)
        for act in tx.afterwards:
            act()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        asked = time.perf_counter()
        async with self.engine.begin() as conn:
            POOL_WAIT_SECONDS.labels(self.name).observe(time.perf_counter() - asked)
            yield conn

    async def answers(self, seconds: float = PROBE_SECONDS) -> bool:
        """Whether the database answers in time."""
        try:
            async with asyncio.timeout(seconds), self.engine.connect() as conn:
                await conn.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - whatever it is, the database does not answer
            return False
        return True

    def signal(self, name: str) -> Signal:
        """What a commit sets off that called `wake(name)`."""
        return self._signals.setdefault(name, Signal())

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
