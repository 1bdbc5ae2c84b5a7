"""Putting a message aside, unless what it is about was withdrawn meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from shared import envelopes, inbox
from shared.backbone import dead_letters, withdrawn
from shared.db import Transaction

if TYPE_CHECKING:
    from shared.streams import Durable

_TEXT_WITHDRAWN = "its text was withdrawn"


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
            event_id=_keepable(envelopes.event_id(headers, subject, body)),
            type=durable.event.type_name(),
            subject=subject,
            key=subject.rsplit(".", 1)[-1],
            body=_keepable(body.decode("utf-8", errors="replace")),
            headers={_keepable(name): _keepable(value) for name, value in headers.items()},
        )


def fingerprint(handler: str, reason: str) -> str:
    """Groups letters that failed in the same place for the same reason."""
    return hashlib.sha256(f"{handler}\n{reason}".encode()).hexdigest()[:12]


async def save(tx: Transaction, letter: Letter, reason: str, tries: int) -> bool:
    """Put a message aside; says whether it was.

    Its handler has seen it then: however often it comes again, it is left to whoever decides over the letter.

    The withdrawal of its thing may have been handled first. What is older than that is of no use to anybody
    and is not kept; of a message that does not say how old it is, all is kept but its text.
    """
    await inbox.first_times(tx, letter.handler, [letter.event_id])
    revision = envelopes.revision(letter.headers)
    row: dict[str, Any] = vars(letter) | {"revision": revision}
    gone = await _withdrawn_at(tx, letter)
    if gone is not None:
        if revision is not None and revision <= gone:
            return False
        if revision is None:
            row |= {"body": "", "headers": {}}
            reason = f"{reason}; {_TEXT_WITHDRAWN}"
    await _save(tx, row, reason, tries)
    return True


async def _withdrawn_at(tx: Transaction, letter: Letter) -> int | None:
    # The lock lets a withdrawal that is just being handled come before or after, never beside.
    await tx.lock_letters(letter.type, letter.key)
    # Whichever version of its type was the newest when it was withdrawn.
    any_version = withdrawn.c.type.startswith(f"{letter.type.rpartition('.v')[0]}.v", autoescape=True)
    about = any_version & (withdrawn.c.key == letter.key)
    found: int | None = await tx.value(select(func.max(withdrawn.c.revision)).where(about))
    return found


async def _save(tx: Transaction, row: dict[str, Any], reason: str, tries: int) -> None:
    again = insert(dead_letters).values(
        **row,
        reason=reason,
        fingerprint=fingerprint(row["handler"], reason),
        tries=tries,
        status="waiting",
        first_at=tx.now,
        last_at=tx.now,
    )
    renewed: dict[str, Any] = {
        name: again.excluded[name]
        for name in ("body", "headers", "revision", "reason", "fingerprint", "status", "last_at")
    }
    renewed["tries"] = dead_letters.c.tries + tries
    await tx.execute(again.on_conflict_do_update(index_elements=["handler", "event_id"], set_=renewed))


def _keepable(text: str) -> str:
    """PostgreSQL keeps no NUL character."""
    return text.replace("\x00", "")
