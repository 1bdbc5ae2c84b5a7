"""The relay: publishes what transactions left in the outbox, in atomic batches."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from contextvars import ContextVar
from itertools import groupby
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.errors import APIError, NotFoundError
from sqlalchemy import ARRAY, BigInteger, RowMapping, Text, bindparam, func, select, update

from shared import tracing
from shared.backbone import outbox, purges
from shared.db import OUTBOX_SIGNAL, Database, Transaction
from shared.observability import OUTBOX_PUBLISHED
from shared.streams import FOR_EVER, Keeping, mend_streams
from shared.watching import leave_node

log = logging.getLogger(__name__)

BATCH = 500
POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5
AGAIN_SECONDS = 0.1
ACK_SECONDS = 2.0
LONGEST_ACK_SECONDS = 10.0
LEAVE_AFTER = 3
DUPLICATE_IN_BATCH = 10201

_ack_seconds: ContextVar[float] = ContextVar("ack_seconds", default=LONGEST_ACK_SECONDS)


async def run_relay(database: Database, client: Client, source: str, keeping: Keeping = FOR_EVER) -> None:
    """Publish for ever: woken after a commit of this process, and by polling for what others left."""
    signal, unanswered = database.signal(OUTBOX_SIGNAL), 0
    while True:
        signal.clear()
        try:
            more = await relay_once(database, client, source, patience(unanswered))
            unanswered = 0
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is down, the relay tries again
            log.warning("relay waits: %s", type(error).__name__)
            unanswered = unanswered + 1 if isinstance(error, TimeoutError) else 0
            if unanswered and unanswered % LEAVE_AFTER == 0:
                await leave_node(client)
            await _mend(client, keeping, error)
            await asyncio.sleep(AGAIN_SECONDS if unanswered else RETRY_SECONDS)
            continue
        if not more:
            await wait_for(signal, POLL_SECONDS)


def patience(unanswered: int) -> float:
    """Seconds to wait for an acknowledgement: few at first, more for a broker that is slow and not away.

    What went to a leader that is lost is never answered: it must be sent again soon after another is there.
    """
    return min(LONGEST_ACK_SECONDS, ACK_SECONDS * 2.0 ** max(0, min(unanswered, 10) - LEAVE_AFTER))


async def _mend(client: Client, keeping: Keeping, error: Exception) -> None:
    """Nobody takes a message where a broker lost its streams: then make them anew."""
    if not isinstance(error, NoRespondersError | NotFoundError):
        return
    try:
        await mend_streams(client.jetstream(), keeping)
    except (NatsError, OSError) as another:
        log.warning("the streams cannot be made yet: %s", type(another).__name__)


async def wait_for(signal: asyncio.Event, seconds: float) -> None:
    """Until the signal is set, or `seconds` have passed."""
    try:
        async with asyncio.timeout(seconds):
            await signal.wait()
    except TimeoutError:
        return


async def relay_once(
    database: Database, client: Client, source: str, ack_seconds: float = LONGEST_ACK_SECONDS
) -> bool:
    """Publish one batch and purge what was asked for; says whether there may be more.

    The rows are leased by their row locks: several relays share the outbox without publishing twice, and a
    relay that dies gives its rows back. A crash between publishing and COMMIT publishes again with the same
    message id, which the stream's duplicate window and every consumer's inbox take for what it is.
    """
    _ack_seconds.set(ack_seconds)
    async with database.transaction() as tx:
        rows = await load_waiting(tx)
        for stream, group in groupby(rows, key=lambda row: row["stream"]):
            await mark_published(tx, await _publish(client, source, stream, list(group)))
        purged = await purge_once(tx, client)
    return len(rows) == BATCH or purged


async def load_waiting(tx: Transaction) -> Sequence[RowMapping]:
    """Lease the oldest unpublished rows, by stream."""
    waiting = select(outbox).where(outbox.c.published_at.is_(None)).order_by(outbox.c.position).limit(BATCH)
    rows = await tx.all(waiting.with_for_update(skip_locked=True))
    return sorted(rows, key=lambda row: row["stream"])


async def mark_published(tx: Transaction, sequences: dict[str, int]) -> None:
    """Remember when and at which stream sequence each row went out; one statement for all."""
    ids, numbers = (
        func.unnest(bindparam("ids", type_=ARRAY(Text))),
        func.unnest(bindparam("numbers", type_=ARRAY(BigInteger))),
    )
    sent = select(ids.label("id"), numbers.label("sequence")).subquery()
    statement = (
        update(outbox)
        .where(outbox.c.id == sent.c.id)
        .values(published_at=tx.now, stream_sequence=sent.c.sequence)
    )
    await tx.execute(statement, {"ids": list(sequences), "numbers": list(sequences.values())})
    OUTBOX_PUBLISHED.inc(len(sequences))


async def _publish(client: Client, source: str, stream: str, rows: Sequence[RowMapping]) -> dict[str, int]:
    followed = (row["traceparent"] for row in rows)
    with tracing.span(f"publish {stream}", "producer", after=followed) as span:
        span.attributes |= {"messaging.system": "nats", "messaging.batch.message_count": len(rows)}
        return await publish(client, source, stream, rows)


async def publish(client: Client, source: str, stream: str, rows: Sequence[RowMapping]) -> dict[str, int]:
    """Publish rows of one stream; returns the stream sequence of each event id.

    All of a batch or nothing of it. A batch with a message that the stream already has is refused whole
    (10201): then one by one, and the stream drops what it knows.
    """
    if len(rows) > 1:
        try:
            return await _publish_batch(client, source, stream, rows)
        except APIError as error:
            if error.err_code != DUPLICATE_IN_BATCH:
                raise
    return {row["id"]: await _publish_one(client, source, stream, row) for row in rows}


async def _publish_batch(
    client: Client, source: str, stream: str, rows: Sequence[RowMapping]
) -> dict[str, int]:
    batch = {"Nats-Batch-Id": rows[0]["id"], "Nats-Expected-Stream": stream}
    for number, row in enumerate(rows[:-1], start=1):
        extra = batch | {"Nats-Batch-Sequence": str(number)}
        if number == 1:
            # The first is answered, so a stream that is missing or full is known at once.
            await _acknowledged(client, row, envelope(row, source) | extra)
        else:
            await client.publish(row["subject"], row["body"].encode(), headers=envelope(row, source) | extra)
    last = batch | {"Nats-Batch-Sequence": str(len(rows)), "Nats-Batch-Commit": "1"}
    ack = await _acknowledged(client, rows[-1], envelope(rows[-1], source) | last)
    first = ack["seq"] - len(rows) + 1
    return {row["id"]: first + offset for offset, row in enumerate(rows)}


async def _publish_one(client: Client, source: str, stream: str, row: RowMapping) -> int:
    ack = await _acknowledged(client, row, envelope(row, source) | {"Nats-Expected-Stream": stream})
    return int(ack["seq"])


async def _acknowledged(client: Client, row: RowMapping, headers: dict[str, str]) -> dict[str, Any]:
    answer = await client.request(row["subject"], row["body"].encode(), _ack_seconds.get(), headers=headers)
    if not answer.data:
        return {}
    ack: dict[str, Any] = json.loads(answer.data)
    if "error" in ack:
        raise APIError.from_error(ack["error"])
    return ack


def envelope(row: RowMapping, source: str) -> dict[str, str]:
    """The CloudEvents 1.0 headers of a row (NATS binary mode); the stream deduplicates by its id."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": row["id"],
        "ce-source": f"/latu/{source}",
        "ce-type": row["type"],
        "ce-subject": row["key"],
        "ce-time": row["occurred_at"].isoformat(),
        "ce-revision": str(row["revision"]),
        "ce-correlationid": row["correlation_id"],
        "content-type": "application/json",
        "Nats-Msg-Id": row["id"],
    }
    if row["causation_id"]:
        headers["ce-causationid"] = row["causation_id"]
    if row["traceparent"]:
        headers["traceparent"] = row["traceparent"]
    return headers


async def purge_once(tx: Transaction, client: Client) -> bool:
    """Take one withdrawn entity's messages out of its stream; says whether there was one."""
    waiting = select(purges).where(purges.c.done_at.is_(None)).limit(1).with_for_update(skip_locked=True)
    row = await tx.first(waiting)
    if row is None:
        return False
    await client.jetstream().purge_stream(row["stream"], subject=row["subject"])
    await tx.run(update(purges).where(purges.c.subject == row["subject"]).values(done_at=tx.now))
    return True
