"""Reading a stream again, from somewhere to its end, beside the durables and without moving them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.errors import Refused
from shared.pulling import Pull

BATCH = 500
FORGOTTEN_AFTER_SECONDS = 60.0


@dataclass(frozen=True)
class Span:
    """A part of a stream by the subjects that count, from a sequence or a moment to a sequence, inclusive."""

    stream: str
    subjects: tuple[str, ...]
    start: int | datetime
    until: int


async def last_sequence(js: JetStreamContext, stream: str) -> int:
    """The sequence of the newest message of a stream.

    Raises:
        Refused: the broker does not answer, or has no such stream.
    """
    try:
        return int((await js.stream_info(stream)).state.last_seq)
    except (NatsError, OSError) as error:
        raise _away() from error


async def read(
    js: JetStreamContext, span: Span, *, headers_only: bool = False
) -> AsyncGenerator[Sequence[Msg], None]:
    """The messages of a span in batches, in the order of the stream; without their bodies where asked.

    Raises:
        Refused: the broker stopped answering.
    """
    try:
        info = await js.add_consumer(span.stream, consumer_config(span, headers_only=headers_only))
        pull = await open_pull(js, span.stream, info.name)
        try:
            left = info.num_pending or 0
            while left and (messages := await _take(js, pull, min(BATCH, left))):
                yield [message for message in messages if sequence(message) <= span.until]
                left = messages[-1].metadata.num_pending if sequence(messages[-1]) < span.until else 0
        finally:
            await close(js, pull)
    except (NatsError, OSError) as error:
        raise _away() from error


async def open_pull(js: JetStreamContext, stream: str, name: str) -> Pull:
    """Pull from a consumer that acknowledges nothing."""
    pull = Pull(js._nc, stream, name)  # noqa: SLF001 - what it goes over, which it does not say otherwise
    await pull.open()
    return pull


async def close(js: JetStreamContext, pull: Pull) -> None:
    """Stop reading, and have the broker forget the consumer; one that is away forgets it by itself."""
    pull.hand = []  # there is nothing to give back
    with suppress(NatsError, OSError):
        await pull.unsubscribe()
        await js.delete_consumer(pull.stream, pull.durable)


def sequence(message: Msg) -> int:
    """Where a message stands in its stream."""
    return int(message.metadata.sequence.stream)


async def _take(js: JetStreamContext, pull: Pull, most: int) -> list[Msg]:
    found = await pull.take(most) or await pull.take(most)
    if not found and (await js.consumer_info(pull.stream, pull.durable)).num_pending:
        raise TimeoutError
    return found  # nothing: what was left has been purged meanwhile


def _away() -> Refused:
    return Refused("broker_away", "The broker does not answer, or does not have the stream.")


def consumer_config(span: Span, *, headers_only: bool = False) -> ConsumerConfig:
    """A consumer from the start of a span that acknowledges nothing and is soon forgotten."""
    by_sequence = isinstance(span.start, int)
    return ConsumerConfig(
        filter_subjects=list(span.subjects),
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE if by_sequence else DeliverPolicy.BY_START_TIME,
        opt_start_seq=span.start if isinstance(span.start, int) else None,
        opt_start_time=span.start if isinstance(span.start, datetime) else None,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=FORGOTTEN_AFTER_SECONDS,
        headers_only=headers_only or None,
        mem_storage=True,
        num_replicas=1,
    )
