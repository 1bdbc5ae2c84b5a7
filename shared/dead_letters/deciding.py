"""Deciding over dead letters: one, a group, or all that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select, update

from shared import envelopes
from shared.backbone import audit, dead_letters, inbox
from shared.db import Transaction
from shared.dead_letters.letters import fingerprint
from shared.errors import Invalid, NotFound, Refused
from shared.retries import describe

if TYPE_CHECKING:
    from shared.messaging import Handlers

AT_ONCE = 200
AT_ONCE_BYTES = 8_000_000


@dataclass(frozen=True)
class Chosen:
    """Which of the waiting letters a decision is about: those of one event, of one failure, or all.

    Only those behind the position `after`, so that whoever goes on until none is left does not meet again
    what has just failed.
    """

    event_id: str = ""
    fingerprint: str = ""
    after: int = 0

    @property
    def condition(self) -> ColumnElement[bool]:
        """The rows that it means."""
        found = (dead_letters.c.status == "waiting") & (dead_letters.c.position > self.after)
        if self.event_id:
            found &= dead_letters.c.event_id == self.event_id
        if self.fingerprint:
            found &= dead_letters.c.fingerprint == self.fingerprint
        return found


@dataclass(frozen=True)
class Failed:
    """A letter that could not be handled this time either, and why."""

    handler: str
    event_id: str
    reason: str


@dataclass(frozen=True)
class Redriven:
    """How many letters were handled, which failed again, and how many are left behind the position `last`."""

    handled: int
    failed: tuple[Failed, ...]
    last: int
    left: int


async def redrive(tx: Transaction, handlers: Handlers, chosen: Chosen, actor: str) -> Redriven:
    """Handle the next letters again, at most 200 at once, and of large ones fewer.

    Each on its own: one that fails again changes nothing, waits on with its new reason, and hinders no other.

    Raises:
        NotFound: no such letter waits.
    """
    rows = await _lock(tx, chosen)
    failed = [found for row in rows if (found := await _redrive(tx, handlers, row, actor))]
    last: int = rows[-1]["position"] if rows else chosen.after
    rest = select(func.count()).select_from(dead_letters).where(replace(chosen, after=last).condition)
    return Redriven(len(rows) - len(failed), tuple(failed), last, int(await tx.value(rest)))


async def discard(tx: Transaction, chosen: Chosen, actor: str, reason: str) -> int:
    """Give letters up, for a written reason; returns how many. Nothing is left of what they said.

    Raises:
        Invalid: no reason is given.
        NotFound: no such letter waits.
    """
    if not reason.strip():
        raise Invalid("no_reason", "Say why the letters are given up.")
    given_up = update(dead_letters).where(chosen.condition).values(_closed(tx, "discarded"))
    rows = await tx.all(given_up.returning(dead_letters.c.handler, dead_letters.c.event_id))
    _refuse_nothing(rows, chosen)
    entry = {"at": tx.now, "actor": actor, "action": "dead_letter_discarded", "detail": {"reason": reason}}
    subjects = [entry | {"subject": f"{row['handler']}/{row['event_id']}"} for row in rows]
    if subjects:
        await tx.execute(insert(audit), subjects)
    return len(rows)


async def _lock(tx: Transaction, chosen: Chosen) -> Sequence[RowMapping]:
    next_ones = select(dead_letters).where(chosen.condition).order_by(dead_letters.c.position).limit(AT_ONCE)
    locked = next_ones.with_for_update().cte("locked")
    size = func.octet_length(locked.c.body)
    so_far = func.sum(size).over(order_by=locked.c.position)
    counted = select(locked, (so_far - size).label("before")).subquery()
    wanted = select(counted).where(counted.c.before < AT_ONCE_BYTES).order_by(counted.c.position)
    rows = await tx.all(wanted)
    _refuse_nothing(rows, chosen)
    return rows


def _refuse_nothing(rows: Sequence[RowMapping], chosen: Chosen) -> None:
    if not rows and not chosen.after:
        raise NotFound("no_such_letter", "No such dead letter waits.")


async def _redrive(tx: Transaction, handlers: Handlers, row: RowMapping, actor: str) -> Failed | None:
    subject = f"{row['handler']}/{row['event_id']}"
    try:
        async with tx.savepoint():
            await _handle(tx, handlers, row)
    except Exception as error:  # noqa: BLE001 - whatever it is, the letter waits on with it
        reason = describe(error)
        again = {"reason": reason, "fingerprint": fingerprint(row["handler"], reason)}
        tries = {"tries": row["tries"] + 1, "last_at": tx.now}
        await tx.run(update(dead_letters).where(_is(row)).values(again | tries))
        await tx.audit(actor, "dead_letter_failed_again", subject, {"reason": reason})
        return Failed(row["handler"], row["event_id"], reason)
    await tx.run(update(dead_letters).where(_is(row)).values(_closed(tx, "redriven")))
    await tx.audit(actor, "dead_letter_redriven", subject)
    return None


async def _handle(tx: Transaction, handlers: Handlers, row: RowMapping) -> None:
    handler, event_id = row["handler"], row["event_id"]
    if not row["headers"] and not row["body"]:
        raise Refused("text_withdrawn", "What the letter said was withdrawn; it can only be discarded.")
    event, call = handlers.of_type(row["type"])
    found = envelopes.read(event, row["headers"], row["body"].encode())
    await tx.run(delete(inbox).where((inbox.c.handler == handler) & (inbox.c.event_id == event_id)))
    with tx.on_behalf_of(envelopes.origin(row["headers"], event_id), f"redrive {handler}"):
        if found is not None:
            await call(found, tx)
    await tx.execute(insert(inbox).values(handler=handler, event_id=event_id, received_at=tx.now))


def _is(row: RowMapping) -> ColumnElement[bool]:
    found: ColumnElement[bool] = dead_letters.c.position == row["position"]
    return found


def _closed(tx: Transaction, status: str) -> dict[str, object]:
    return {"status": status, "last_at": tx.now, "body": "", "headers": {}}
