"""Retention: what outbox and inbox may forget after a while, in small batches by the clock."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import ARRAY, Text, any_, bindparam, delete, exists, select, tuple_

from shared.backbone import inbox, outbox
from shared.db import Transaction
from shared.settings import Settings
from shared.timers import Timer

BATCH = 5_000
EVERY_SECONDS = 3_600.0


def check_days(settings: Settings) -> None:
    """See that every inbox remembers longer than the streams keep.

    Raises:
        SystemExit: a stream could deliver what an inbox has forgotten.
    """
    streams, inboxes = settings.stream_days, settings.inbox_days
    if inboxes and (not streams or inboxes <= streams):
        kept = f"for {streams} days" if streams else "for ever"
        raise SystemExit(
            f"LATU_INBOX_DAYS is {inboxes}, but the streams keep events {kept} (LATU_STREAM_DAYS): "
            "an inbox must remember longer than a stream can deliver."
        )


def timers(settings: Settings) -> tuple[Timer, ...]:
    """The timers of what is not kept for ever."""
    found = []
    if settings.outbox_days:
        published = partial(forget_published, days=settings.outbox_days)
        found.append(Timer("outbox_retention", EVERY_SECONDS, published))
    if settings.inbox_days:
        received = partial(forget_received, days=settings.inbox_days)
        found.append(Timer("inbox_retention", EVERY_SECONDS, received))
    return tuple(found)


async def forget_published(tx: Transaction, days: int) -> bool:
    """Delete rows that went out more than `days` ago and are of no use; says whether there may be more.

    The newest published state of each thing stays for good, so that a broker that lost all can be filled
    again; of what was withdrawn only an empty row is left, which goes. What is not published is not touched.
    """
    newer = outbox.alias("newer")
    same_thing = (newer.c.type == outbox.c.type) & (newer.c.key == outbox.c.key)
    later = tuple_(newer.c.revision, newer.c.position) > tuple_(outbox.c.revision, outbox.c.position)
    superseded = exists().where(same_thing, later, newer.c.published_at.is_not(None))
    old = (outbox.c.published_at < tx.now - timedelta(days=days)) & (superseded | (outbox.c.body == ""))
    rows = await tx.all(select(outbox.c.id).where(old).limit(BATCH).with_for_update(skip_locked=True))
    ids = bindparam("ids", type_=ARRAY(Text))
    await tx.execute(delete(outbox).where(outbox.c.id == any_(ids)), {"ids": [row["id"] for row in rows]})
    return len(rows) == BATCH


async def forget_received(tx: Transaction, days: int) -> bool:
    """Delete what the inbox saw more than `days` ago; says whether there may be more."""
    old = select(inbox.c.handler, inbox.c.event_id).where(inbox.c.received_at < tx.now - timedelta(days=days))
    gone = delete(inbox).where(tuple_(inbox.c.handler, inbox.c.event_id).in_(old.limit(BATCH)))
    return await tx.run(gone) == BATCH
