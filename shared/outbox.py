"""The relay: publishes what transactions left in the outbox, in atomic batches."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.errors import APIError, NotFoundError
from sqlalchemy import ARRAY, BigInteger, RowMapping, Text, bindparam, exists, func, select, update

from shared import tracing
from shared.backbone import outbox, purges
from shared.db import OUTBOX_SIGNAL, Database, Transaction
from shared.envelopes import envelope
from shared.hindrances import HINDRANCES
from shared.observability import OUTBOX_PUBLISHED, RELAY_TRIES
from shared.retries import Policy
from shared.streams import FOR_EVER, TOLD, Keeping, mend_streams
from shared.watching import leave_node

log = logging.getLogger(__name__)

BATCH = 500
BATCH_BYTES = 8_000_000
POLL_SECONDS = 1.0
AGAIN_SECONDS = 0.1
ACK_SECONDS = 2.0
LONGEST_ACK_SECONDS = 10.0
LEAVE_AFTER = 3
# So many tries as long as a cluster may take to draw a leader: with more patience the last of them, which no
# leader heard, would be waited for long after there is one.
ELECTION_TRIES = 5
DUPLICATE_IN_BATCH = 10201
# Cannot store; not enough resources, memory, storage. The broker says them with the status of an outage.
TAKES_NO_MORE = (10077, 10023, 10028, 10047)
# What goes with a body, generously: the broker counts both against its limit.
HEADERS_BYTES = 16_000

# What is away may be back at once, and then nothing must wait long; what is full is so for a while.
AWAY = Policy("away", tries=0, longest_seconds=1.0)
FULL = Policy("full", tries=0, first_seconds=0.5, longest_seconds=15.0)


@dataclass(frozen=True)
class Way:
    """Where a relay publishes, as whom, how long it waits for an acknowledgement, how many rows it takes."""

    client: Client
    source: str
    ack_seconds: float = LONGEST_ACK_SECONDS
    most: int = BATCH

    @property
    def largest_body(self) -> int:
        """Bytes of a body that the broker takes with its headers."""
        return self.client.max_payload - HEADERS_BYTES


@dataclass
class Lane:
    """How the relay gets on with one stream; `due` is when it tries again, on the clock of the loop."""

    stream: str
    part: str
    most: int = BATCH
    failures: int = 0
    unanswered: int = 0
    due: float = 0.0


async def run_relay(database: Database, client: Client, source: str, keeping: Keeping = FOR_EVER) -> None:
    """Publish until told to leave: woken after a commit of this process, by polling for what others left.

    Each stream for itself: what one refuses holds up no other.
    """
    signal, clock = database.signal(OUTBOX_SIGNAL), asyncio.get_running_loop().time
    lanes = [Lane(stream, f"relay of {source} to {stream.lower()}") for stream in TOLD]
    while not database.leaving:
        signal.clear()
        more = False
        for lane in lanes:
            if lane.due > clock() or database.leaving:
                continue
            way = Way(client, source, patience(lane.unanswered), lane.most)
            try:
                more |= await relay_once(database, way, lane.stream)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is down, the relay tries again
                _hinder(lane, error)
                await _meet(client, keeping, error, sum(each.unanswered for each in lanes))
                lane.due = clock() + pause(error, lane.failures, lane.unanswered)
            else:
                _go_on(lane)
        if not more:
            rests = (lane.due - clock() for lane in lanes if lane.due)
            await wait_for(signal, min([POLL_SECONDS, *rests]))


def _hinder(lane: Lane, error: Exception) -> None:
    RELAY_TRIES.labels("failed").inc()
    HINDRANCES.met(lane.part, error)
    lane.failures += lane.most == 1 or not is_refusal(error)
    lane.unanswered = lane.unanswered + 1 if isinstance(error, TimeoutError) else 0
    # Where there is room for a few only, those must not wait for room for all.
    lane.most = max(1, lane.most // 2) if is_refusal(error) else lane.most


def _go_on(lane: Lane) -> None:
    RELAY_TRIES.labels("done").inc()
    if lane.most == BATCH:
        HINDRANCES.past(lane.part)
    lane.failures = lane.unanswered = 0
    lane.most, lane.due = min(BATCH, lane.most * 2), 0.0


def pause(error: Exception, failures: int, unanswered: int) -> float:
    """Seconds until the next try: longer each time, and never the same for two relays."""
    if unanswered or not failures:  # it has waited for the acknowledgement, or asks less next time
        return AGAIN_SECONDS
    return (FULL if is_refusal(error) else AWAY).delay(failures, random.random())  # noqa: S311


def is_refusal(error: Exception) -> bool:
    """Whether the broker answers, and takes no more: a stream, its account or its disk is full."""
    return isinstance(error, APIError) and error.err_code in TAKES_NO_MORE


async def _meet(client: Client, keeping: Keeping, error: Exception, unanswered: int) -> None:
    if isinstance(error, TimeoutError) and unanswered % LEAVE_AFTER == 0:
        await leave_node(client)
    await _mend(client, keeping, error)


def patience(unanswered: int) -> float:
    """Seconds to wait for an acknowledgement: few at first, more for a broker that is slow and not away.

    What went to a leader that is lost is never answered: it must be sent again soon after another is there.
    """
    return min(LONGEST_ACK_SECONDS, ACK_SECONDS * 2.0 ** max(0, min(unanswered, 10) - ELECTION_TRIES))


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


async def relay_once(database: Database, way: Way, stream: str) -> bool:
    """Purge from a stream what was asked for, then publish one batch to it; says whether there may be more.

    The purge is committed before anything is told of its thing again (`load_waiting`). The rows are leased by
    their row locks: several relays share the outbox without publishing twice, and a relay that dies gives its
    rows back. A crash between publishing and COMMIT publishes again with the same message id, which the
    stream's duplicate window and every consumer's inbox take for what it is.
    """
    async with database.transaction() as tx:
        if not await purge_once(tx, way.client, stream):
            return await _publish_waiting(tx, way, stream)
    async with database.transaction() as tx:
        await _publish_waiting(tx, way, stream)
    return True


async def _publish_waiting(tx: Transaction, way: Way, stream: str) -> bool:
    rows = await load_waiting(tx, stream, way.most, way.largest_body)
    if not rows:
        return False
    await mark_published(tx, await _publish(way, stream, rows))
    return len(rows) == way.most or any(row["so_far"] >= BATCH_BYTES for row in rows)


async def load_waiting(
    tx: Transaction, stream: str, most: int = BATCH, largest_body: int = BATCH_BYTES
) -> Sequence[RowMapping]:
    """Lease the oldest unpublished rows of a stream: `most` at most, no more than fit into `BATCH_BYTES`.

    A row that this broker cannot take (it was set up for smaller messages) waits, and nothing waits for it.
    What was told of a thing since its withdrawal waits until that is purged: it must not go with it.
    """
    size = func.octet_length(outbox.c.body)
    unpurged = exists().where(purges.c.subject == outbox.c.subject, purges.c.done_at.is_(None))
    waiting = select(outbox).where(
        outbox.c.stream == stream, outbox.c.published_at.is_(None), size <= largest_body, ~unpurged
    )
    leased = waiting.order_by(outbox.c.position).limit(most).with_for_update(skip_locked=True).cte("leased")
    so_far = func.sum(func.octet_length(leased.c.body)).over(order_by=leased.c.position)
    counted = select(leased, so_far.label("so_far")).subquery()
    within = counted.c.so_far - func.octet_length(counted.c.body) < BATCH_BYTES
    return await tx.all(select(counted).where(within).order_by(counted.c.position))


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


async def _publish(way: Way, stream: str, rows: Sequence[RowMapping]) -> dict[str, int]:
    followed = (row["traceparent"] for row in rows)
    with tracing.span(f"publish {stream}", "producer", after=followed) as span:
        span.attributes |= {"messaging.system": "nats", "messaging.batch.message_count": len(rows)}
        return await publish(way, stream, rows)


async def publish(way: Way, stream: str, rows: Sequence[RowMapping]) -> dict[str, int]:
    """Publish rows of one stream; returns the stream sequence of each event id.

    All of a batch or nothing of it. A batch with a message that the stream already has is refused whole
    (10201): then one by one, and the stream drops what it knows.
    """
    if len(rows) > 1:
        try:
            return await _publish_batch(way, stream, rows)
        except APIError as error:
            if error.err_code != DUPLICATE_IN_BATCH:
                raise
    return {row["id"]: await _publish_one(way, stream, row) for row in rows}


async def _publish_batch(way: Way, stream: str, rows: Sequence[RowMapping]) -> dict[str, int]:
    batch = {"Nats-Batch-Id": rows[0]["id"], "Nats-Expected-Stream": stream}
    for number, row in enumerate(rows[:-1], start=1):
        extra = batch | {"Nats-Batch-Sequence": str(number)}
        if number == 1:
            # The first is answered, so a stream that is missing or full is known at once.
            await _acknowledged(way, row, envelope(row, way.source) | extra)
        else:
            headers = envelope(row, way.source) | extra
            await way.client.publish(row["subject"], row["body"].encode(), headers=headers)
    last = batch | {"Nats-Batch-Sequence": str(len(rows)), "Nats-Batch-Commit": "1"}
    ack = await _acknowledged(way, rows[-1], envelope(rows[-1], way.source) | last)
    first = ack["seq"] - len(rows) + 1
    return {row["id"]: first + offset for offset, row in enumerate(rows)}


async def _publish_one(way: Way, stream: str, row: RowMapping) -> int:
    ack = await _acknowledged(way, row, envelope(row, way.source) | {"Nats-Expected-Stream": stream})
    return int(ack["seq"])


async def _acknowledged(way: Way, row: RowMapping, headers: dict[str, str]) -> dict[str, Any]:
    body = row["body"].encode()
    answer = await way.client.request(row["subject"], body, way.ack_seconds, headers=headers)
    if not answer.data:
        return {}
    ack: dict[str, Any] = json.loads(answer.data)
    if "error" in ack:
        raise APIError.from_error(ack["error"])
    return ack


async def purge_once(tx: Transaction, client: Client, stream: str) -> bool:
    """Take one withdrawn entity's messages out of a stream; says whether there was one.

    Nothing is told of the entity before the commit, so all that must go lies before the present end of the
    stream. The broker is told that end: it may do late what it was asked, and this relay may have slept. That
    the mark could be made says that the row was still ours when the end was asked for.
    """
    waiting = select(purges.c.subject).where(purges.c.stream == stream, purges.c.done_at.is_(None))
    row = await tx.first(waiting.limit(1).with_for_update(skip_locked=True))
    if row is None:
        return False
    jetstream = client.jetstream()
    last = (await jetstream.stream_info(stream)).state.last_seq
    await tx.run(update(purges).where(purges.c.subject == row["subject"]).values(done_at=tx.now))
    await jetstream.purge_stream(stream, subject=row["subject"], seq=last + 1)
    return True
