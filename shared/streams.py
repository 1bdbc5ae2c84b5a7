"""The streams and durables, created here and nowhere else, and the connection to the broker."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import BadRequestError, NotFoundError, ServerError

from shared.broker_client import open_client
from shared.events import Event

ACK_WAIT_SECONDS = 30.0
MAX_ACK_PENDING = 2_000
# More than any policy tries (shared/retries.py): only what ends the process each time gets there, and then
# the broker gives it up and says so (shared/given_up.py).
MAX_DELIVER = 40
DUPLICATE_WINDOW_SECONDS = 600.0
DAY_SECONDS = 86_400.0
ASK_SECONDS = 0.5
# What partners send waits until it is taken: so much of each kind of each partner, and no more. What comes
# then is refused, so that nobody fills the disk or pushes out what others sent.
PARTNER_WAITING = 1_000
PARTNER_MESSAGE_BYTES = 64 * 2**10
PARTNER_BYTES = 128 * 2**20  # the broker sets it aside on its disk from the start
# Ids of partners are their own matter: none shall make another's message a repetition. The least there is.
PARTNER_DUPLICATE_SECONDS = 0.1
# After so long an event that a partner did not acknowledge comes again, for ever. The contract says it.
PARTNER_ACK_SECONDS = 60.0
CREATE_TRIES = 6
RETENTION_STAYS = 10052

PARTNER = "PARTNER"
# Answers are for one partner each, whose durable sees what has its name and nothing else.
SUBJECTS = {
    "PUBLIC": "latu.public.>",
    "INTERNAL": "latu.internal.>",
    "ANSWERS": "latu.answers.>",
    PARTNER: "latu.partner.*.*",
}
# Those that services publish to.
TOLD = ("PUBLIC", "INTERNAL", "ANSWERS")
# What the broker says when it gives a message up; by itself it forgets that at once.
ADVISORIES = "ADVISORIES"
ADVISORY_ROOT = "$JS.EVENT.ADVISORY.CONSUMER"
GIVEN_UP = ("MAX_DELIVERIES", "MSG_TERMINATED")
ADVISORY_DAYS = 60

CONNECTION: dict[str, Any] = {
    # Finite reconnects end in a loop that never yields to the event loop.
    "max_reconnect_attempts": -1,
    "reconnect_time_wait": 0.5,
    # A node that hangs is left after five seconds, for the next one: drawn anew it might be the same again.
    "ping_interval": 1,
    "max_outstanding_pings": 3,
    "dont_randomize": True,
    "connect_timeout": 2,
    "drain_timeout": 2,
}


@dataclass(frozen=True)
class Keeping:
    """How many copies the streams keep of what they get, and for how many days; nought is for ever."""

    replicas: int = 1
    days: int = 0


FOR_EVER = Keeping()


@dataclass(frozen=True)
class Durable:
    """The place of one service in one kind of event; its name follows from both."""

    service: str
    event: type[Event]

    @property
    def name(self) -> str:
        """`coaching-survey-insight_released-v1`: a durable name has no dots."""
        return f"{self.service}-{self.event.publisher()}-{self.event.name().replace('.', '-')}"

    @property
    def stream(self) -> str:
        """The stream that it reads."""
        return self.event.audience()

    @property
    def filter_subject(self) -> str:
        """The subjects of its event."""
        return f"{self.event.subject_root()}.*"

    @property
    def filter_subjects(self) -> list[str]:
        """All subjects that it reads: those of earlier versions too."""
        return [f"{root}.*" for root in self.event.roots()]


def addresses(url: str) -> list[str]:
    """The nodes of a broker in `nats://a,nats://b`, in an order drawn anew: so services spread over them."""
    found = [address.strip() for address in url.split(",")]
    return random.sample(found, len(found))


async def connect(url: str, name: str) -> Client:
    """A connection that reconnects for ever and says nothing of it on stderr."""

    async def quiet(_: Exception) -> None:
        await asyncio.sleep(0)

    return await open_client(addresses(url), name=name, error_cb=quiet, **CONNECTION)


async def ensure_streams(url: str, keeping: Keeping = FOR_EVER) -> None:
    """Create the streams, or bring them up to what is written here."""
    client = await connect(url, "latu-streams")
    try:
        for config in _configs(keeping):
            await insist(partial(_ensure_stream, client.jetstream(), config))
    finally:
        await client.close()


async def mend_streams(js: JetStreamContext, keeping: Keeping) -> None:
    """Create again what is missing: a broker that lost its disk has no stream any more.

    What is there is left alone: a stream of a cluster that just has no leader is no lost one.

    Raises:
        TimeoutError: the broker does not answer; another time, then.
    """
    for config in _configs(keeping):
        try:
            async with asyncio.timeout(ASK_SECONDS):
                await js.find_stream_name_by_subject((config.subjects or [""])[0])
        except NotFoundError:
            await _ensure_stream(js, config)


def _configs(keeping: Keeping) -> list[StreamConfig]:
    streams = [stream_config(name, subject, keeping) for name, subject in SUBJECTS.items() if name != PARTNER]
    return [*streams, _partner_config(keeping), _advisories_config(keeping)]


def stream_config(name: str, subject: str, keeping: Keeping) -> StreamConfig:
    """A stream keeps everything, unless told otherwise: it is what a service is rebuilt from."""
    return StreamConfig(
        name=name,
        subjects=[subject],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=keeping.replicas,
        max_age=keeping.days * DAY_SECONDS,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        allow_atomic=True,
        allow_direct=True,
    )


def _partner_config(keeping: Keeping) -> StreamConfig:
    """A bounded queue: whoever takes a message takes it out."""
    return StreamConfig(
        name=PARTNER,
        subjects=[SUBJECTS[PARTNER]],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        num_replicas=keeping.replicas,
        discard=DiscardPolicy.NEW,
        discard_new_per_subject=True,
        max_msgs_per_subject=PARTNER_WAITING,
        max_msg_size=PARTNER_MESSAGE_BYTES,
        max_bytes=PARTNER_BYTES,
        duplicate_window=PARTNER_DUPLICATE_SECONDS,
    )


def _advisories_config(keeping: Keeping) -> StreamConfig:
    return StreamConfig(
        name=ADVISORIES,
        subjects=[f"{ADVISORY_ROOT}.{kind}.*.*" for kind in GIVEN_UP],
        storage=StorageType.FILE,
        num_replicas=keeping.replicas,
        max_age=ADVISORY_DAYS * DAY_SECONDS,
    )


async def insist(ask: Callable[[], Awaitable[None]]) -> None:
    """Ask again what gets no answer, but not for ever.

    Right after its start a cluster may do what it was asked, and the answer does not find its way back.
    """
    for _ in range(CREATE_TRIES - 1):
        try:
            return await ask()
        except (TimeoutError, NotFoundError):
            await asyncio.sleep(ASK_SECONDS)
    return await ask()


async def _ensure_stream(js: JetStreamContext, config: StreamConfig) -> None:
    try:
        await js.update_stream(config)
    except NotFoundError:
        try:
            await js.add_stream(config)
        except BadRequestError:  # another process was quicker
            await js.update_stream(config)
    except ServerError as error:
        if config.name != PARTNER or error.err_code != RETENTION_STAYS:
            raise
        await _make_queue(js, config)


async def _make_queue(js: JetStreamContext, config: StreamConfig) -> None:
    # It was made before anybody could send or take anything; a stream cannot become a queue.
    if (await js.stream_info(PARTNER)).state.messages == 0:
        await js.delete_stream(PARTNER)
        await js.add_stream(config)


async def ensure_durable(js: JetStreamContext, durable: Durable) -> None:
    """Create the durable, or bring it up to what is written here; its position stays."""
    await js.add_consumer(
        durable.stream,
        ConsumerConfig(
            durable_name=durable.name,
            filter_subjects=durable.filter_subjects,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=MAX_ACK_PENDING,
            max_deliver=MAX_DELIVER,
        ),
    )
