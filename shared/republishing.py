"""Publishing again what a broker lost: events go out anew under their old ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, update

from shared.backbone import outbox, purges
from shared.db import OUTBOX_SIGNAL, Transaction


@dataclass(frozen=True)
class Republished:
    """How many events the relay will publish again, and how many withdrawn keys it will purge again."""

    events: int
    purges: int


async def republish(tx: Transaction, actor: str, since: datetime | None = None) -> Republished:
    """Have the relay publish again everything that went out at `since` or later; all that is kept by default.

    The ids stay, so every inbox takes what it knows for what it is. What was withdrawn has no text here any
    more and never comes back. A broker restored from a copy may hold it still, so every purge is asked for
    again.
    """
    lost = outbox.c.published_at.is_not(None) & (outbox.c.body != "")
    if since is not None:
        lost &= outbox.c.published_at >= since
    events = await tx.run(update(outbox).where(lost).values(published_at=None, stream_sequence=None))
    told_again = exists().where((outbox.c.subject == purges.c.subject) & (outbox.c.body != ""))
    withdrawn = await tx.run(update(purges).where(~told_again).values(done_at=None))
    detail = {"since": since.isoformat() if since else None, "events": events, "purges": withdrawn}
    await tx.audit(actor, "outbox_republished", "outbox", detail)
    tx.wake(OUTBOX_SIGNAL)
    return Republished(events, withdrawn)
