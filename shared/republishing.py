"""Publishing again what a broker lost: events go out anew under their old ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, update

from shared.backbone import outbox, purges
from shared.db import OUTBOX_SIGNAL, Transaction
from shared.streams import DUPLICATE_WINDOW_SECONDS


@dataclass(frozen=True)
class Republished:
    """How many events the relay will publish again, and how many withdrawn keys it will purge again."""

    events: int
    purges: int


async def republish(tx: Transaction, actor: str, since: datetime | None = None) -> Republished:
    """Have the relay publish again everything that went out at `since` or later; all that is kept by default.

    The ids stay, so every inbox takes what it knows for what it is. What was withdrawn has no text here any
    more and never comes back. A broker restored from a copy may hold it still, so every purge is asked for
    again; what was told of such a thing since goes with it and is published again, however old it is. Only a
    thing that was told lately is left: the broker would drop it as a repetition of what was purged.
    """
    gone_out = outbox.c.published_at.is_not(None) & (outbox.c.body != "")
    lost = gone_out if since is None else gone_out & (outbox.c.published_at >= since)
    again = update(outbox).values(published_at=None, stream_sequence=None)
    withdrawn = exists().where(purges.c.subject == outbox.c.subject)
    events = await tx.run(again.where(lost, ~withdrawn))
    lately = tx.now - timedelta(seconds=DUPLICATE_WINDOW_SECONDS)
    fresh = outbox.c.published_at.is_(None) | (outbox.c.published_at > lately)
    told_lately = exists().where(outbox.c.subject == purges.c.subject, outbox.c.body != "", fresh)
    purged = await tx.run(update(purges).where(~told_lately).values(done_at=None))
    events += await tx.run(
        again.where(withdrawn, lost | gone_out & withdrawn.where(purges.c.done_at.is_(None)))
    )
    detail = {"since": since.isoformat() if since else None, "events": events, "purges": purged}
    await tx.audit(actor, "outbox_republished", "outbox", detail)
    tx.wake(OUTBOX_SIGNAL)
    return Republished(events, purged)
