"""Dead letters: messages that could not be handled, kept whole until somebody decides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.backbone import dead_letters, inbox
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import Event

if TYPE_CHECKING:
    from shared.messaging import Handlers
    from shared.streams import Durable


class UnknownVersion(Refused):
    """An event says that it is of a version that this handler does not read."""


@dataclass(frozen=True)
class Letter:
    """A message as it came."""

    handler: str
    event_id: str
    type: str
    subject: str
    key: str
    body: str
    headers: dict[str, str]

    @classmethod
    def of(cls, durable: Durable, headers: Mapping[str, str], subject: str, body: bytes) -> Letter:
        """The letter of a message."""
        return cls(
            handler=durable.name,
            event_id=event_id(headers, subject, body),
            type=durable.event.type_name(),
            subject=subject,
            key=subject.rsplit(".", 1)[-1],
            body=body.decode("utf-8", errors="replace").replace("\x00", ""),
            headers=dict(headers),
        )


def event_id(headers: Mapping[str, str], subject: str, body: bytes) -> str:
    """The event's id; a message that has none gets it from its content."""
    return headers.get("ce-id") or hashlib.sha256(subject.encode() + body).hexdigest()[:32]


def refuse_unknown_version(event: type[Event], headers: Mapping[str, str]) -> None:
    """Check that a message is of the version that its subject says.

    Raises:
        UnknownVersion: it is of another.
    """
    said = headers.get("ce-type", "")
    if said != event.type_name():
        raise UnknownVersion(
            "unknown_version", f"An event of type “{said[:80]}” came where {event.type_name()} is read."
        )


def published_at(headers: Mapping[str, str], default: float) -> float:
    """When the fact happened, in seconds since 1970; `default` where the header is missing or broken."""
    try:
        return datetime.fromisoformat(headers.get("ce-time", "")).timestamp()
    except ValueError:
        return default


def fingerprint(handler: str, reason: str) -> str:
    """Groups letters that failed in the same place for the same reason."""
    return hashlib.sha256(f"{handler}\n{reason}".encode()).hexdigest()[:12]


async def save(tx: Transaction, letter: Letter, reason: str, tries: int) -> None:
    """Put a message aside."""
    row: dict[str, Any] = vars(letter) | {
        "reason": reason,
        "fingerprint": fingerprint(letter.handler, reason),
        "tries": tries,
        "status": "waiting",
        "first_at": tx.now,
        "last_at": tx.now,
    }
    again = insert(dead_letters).values(row)
    renewed: dict[str, Any] = {
        name: again.excluded[name] for name in ("reason", "fingerprint", "status", "last_at")
    }
    renewed["tries"] = dead_letters.c.tries + tries
    await tx.execute(again.on_conflict_do_update(index_elements=["handler", "event_id"], set_=renewed))


async def list_letters(tx: Transaction, status: str = "waiting", limit: int = 200) -> Sequence[RowMapping]:
    """The letters of a status, newest first, without their bodies (they may hold personal data)."""
    columns = [column for column in dead_letters.c if column.name not in ("body", "headers")]
    wanted = select(*columns).where(dead_letters.c.status == status)
    return await tx.all(wanted.order_by(dead_letters.c.last_at.desc()).limit(limit))


async def count_waiting(tx: Transaction) -> int:
    """How many letters wait for a decision."""
    waiting = select(func.count()).select_from(dead_letters).where(dead_letters.c.status == "waiting")
    return int(await tx.value(waiting))


async def redrive(tx: Transaction, handlers: Handlers, handler: str, event_id: str, actor: str) -> None:
    """Handle a letter again, in this transaction; what fails raises and changes nothing.

    Raises:
        NotFound: no such letter waits.
    """
    row = await _waiting(tx, handler, event_id)
    event_type, call = next(
        (event, call) for event, call in handlers.by_event.items() if event.type_name() == row["type"]
    )
    await tx.run(delete(inbox).where((inbox.c.handler == handler) & (inbox.c.event_id == event_id)))
    await call(event_type.model_validate_json(row["body"]), tx)
    await tx.execute(insert(inbox).values(handler=handler, event_id=event_id, received_at=tx.now))
    await _close(tx, row, "redriven")
    await tx.audit(actor, "dead_letter_redriven", f"{handler}/{event_id}")


async def discard(tx: Transaction, handler: str, event_id: str, actor: str, reason: str) -> None:
    """Give a letter up, for a written reason.

    Raises:
        NotFound: no such letter waits.
    """
    await _close(tx, await _waiting(tx, handler, event_id), "discarded")
    await tx.audit(actor, "dead_letter_discarded", f"{handler}/{event_id}", {"reason": reason})


async def _waiting(tx: Transaction, handler: str, event_id: str) -> RowMapping:
    wanted = (dead_letters.c.handler == handler) & (dead_letters.c.event_id == event_id)
    row = await tx.first(
        select(dead_letters).where(wanted, dead_letters.c.status == "waiting").with_for_update()
    )
    if row is None:
        raise NotFound("no_such_letter", "No such dead letter waits.")
    return row


async def _close(tx: Transaction, row: RowMapping, status: str) -> None:
    letter = (dead_letters.c.handler == row["handler"]) & (dead_letters.c.event_id == row["event_id"])
    await tx.run(
        update(dead_letters).where(letter).values(status=status, last_at=tx.now, body="", headers={})
    )
