"""Public events are kept as they come from the stream, and their words are forgotten when they must be."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import replace

from services.campaign import history, store
from services.campaign.commands.webhooks import WEBHOOKS
from services.campaign.history import PublicEvent
from shared import envelopes
from shared.db import Transaction
from shared.events import Event
from shared.following import Heard, Place

log = logging.getLogger(__name__)

PUBLIC_EVENTS_KEPT = "public_events_kept"
"""The signal that is set after new public events were kept by this process or another."""


async def find_place(tx: Transaction) -> Place:
    """Up to where in the stream public events are kept."""
    known = await store.load_history(tx)
    return Place(known.stream, known.sequence)


async def keep_public_events(tx: Transaction, heard: Sequence[Heard]) -> None:
    """Keep the next messages of the stream, each once by its id, at the end of the history."""
    before = await store.lock_history(tx)
    read = {event.id: event for one in heard if (event := _read(one))}
    known = await store.list_known_ids(tx, read)
    purged = await store.list_purged(tx, {one.subject for one in heard})
    said = {one.headers.get("ce-id", ""): one.subject for one in heard}
    fresh = [
        replace(event, event=None) if said[event.id] in purged else event
        for event in read.values()
        if event.id not in known
    ]
    kept = list(history.in_order(before, fresh))
    last = kept[-1] if kept else None
    place = heard[-1].place
    after = replace(before, stream=place.stream, sequence=place.sequence)
    if last:
        after = replace(after, position=last.position, day=last.day)
    await store.save_public_events(tx, kept, after)
    await store.mark_forgotten(tx, {event.key for event in kept})
    tx.wake(PUBLIC_EVENTS_KEPT)
    tx.wake(WEBHOOKS)


async def forget_public_events(tx: Transaction, event: type[Event], key: str) -> None:
    """Take the words of everything that was said of a key so far out of the history, for good.

    What is still on its way here finds the purge that the same transaction asks for, and is kept empty.
    """
    await store.lock_history(tx)
    await store.mark_purged(tx, event.type_names(), key)
    tx.wake(PUBLIC_EVENTS_KEPT)


async def digest_export(tx: Transaction) -> bool:
    """Work out the SHA-256 of one finished day's file in its present state; says whether more are wanted.

    By the clock, one at a time: a reader of the index costs nothing but what is kept.
    """
    known = await store.load_digests(tx)
    wanted = [day for day in (await store.list_days(tx))[:-1] if day.etag not in known]
    for day in wanted[:1]:
        made, after = hashlib.sha256(), 0
        while rows := await store.list_of_day(tx, day, after, store.ROWS_OF_DAY):
            made.update(history.lines(rows).encode())
            after = rows[-1].position
        await store.save_digest(tx, day, made.hexdigest())
    return len(wanted) > 1


def _read(heard: Heard) -> PublicEvent | None:
    try:
        document = envelopes.structured(heard.headers, heard.body)
        told = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        told.encode()
    except (envelopes.NoCloudEvent, UnicodeEncodeError):
        log.warning("a message of the public stream is no event: sequence %s", heard.place.sequence)
        return None
    return PublicEvent(
        id=document["id"],
        type=document["type"],
        key=document["subject"],
        revision=envelopes.revision(heard.headers) or 0,
        published_at=heard.at,
        event=told,
    )
