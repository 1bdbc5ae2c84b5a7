"""Messages that the broker gave up on: by what it says about them they become dead letters."""

from __future__ import annotations

import asyncio
import json
import logging

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from sqlalchemy.exc import SQLAlchemyError

from shared import dead_letters, inbox
from shared.db import Database
from shared.dead_letters import Letter
from shared.messaging import Handlers
from shared.observability import DEAD_LETTERS
from shared.streams import ADVISORIES, ADVISORY_ROOT, Durable

log = logging.getLogger(__name__)

BATCH = 100
FETCH_SECONDS = 5.0
RETRY_SECONDS = 2.0
REASONS = {"max_deliver": "given up by the broker: never settled", "terminated": "terminated at the broker"}


def consumer_name(service: str) -> str:
    """The durable of a service on what was given up."""
    return f"{service}-given_up"


async def run_given_up(database: Database, client: Client, handlers: Handlers) -> None:
    """Put aside for ever what the broker gives up on of this service's messages."""
    js = client.jetstream()
    while True:
        try:
            await ensure_consumer(js, handlers)
            pull = await js.pull_subscribe_bind(consumer_name(handlers.service), ADVISORIES)
            try:
                await _keep_pulling(database, js, handlers, pull)
            finally:
                await pull.unsubscribe()
        except (NatsError, SQLAlchemyError, OSError) as error:
            log.warning("what the broker gave up waits: %s", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)


async def ensure_consumer(js: JetStreamContext, handlers: Handlers) -> None:
    """Create the durable on what was given up of this service, or bring it up to its handlers."""
    await js.add_consumer(
        ADVISORIES,
        ConsumerConfig(
            durable_name=consumer_name(handlers.service),
            filter_subjects=[f"{ADVISORY_ROOT}.*.*.{durable.name}" for durable in handlers.durables()],
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            max_deliver=-1,
        ),
    )


async def _keep_pulling(
    database: Database, js: JetStreamContext, handlers: Handlers, pull: JetStreamContext.PullSubscription
) -> None:
    while True:
        try:
            advisories = await pull.fetch(BATCH, timeout=FETCH_SECONDS)
        except TimeoutError:
            continue
        for advisory in advisories:
            try:
                await put_aside(database, js, handlers, advisory)
            except (KeyError, TypeError, ValueError) as error:
                log.warning("an advisory is not understood: %s", type(error).__name__)
            await advisory.ack()


async def put_aside(database: Database, js: JetStreamContext, handlers: Handlers, advisory: Msg) -> None:
    """Make a dead letter of the message that an advisory is about, unless it was handled or put aside.

    What is not in its stream any more was withdrawn meanwhile: nothing is left to decide.
    """
    told = json.loads(advisory.data)
    durable = _durable(handlers, told["consumer"])
    reason = REASONS.get(str(told["type"]).rsplit(".", 1)[-1], "given up by the broker")
    try:
        message = await js.get_msg(told["stream"], told["stream_seq"])
    except NotFoundError:
        log.warning("%s: what the broker gave up is not there any more", durable.name)
        return
    letter = Letter.of(durable, message.headers or {}, message.subject or "", message.data or b"")
    async with database.transaction() as tx:
        if await inbox.has_seen(tx, [durable.name], letter.event_id):
            return
        kept = await dead_letters.save(tx, letter, reason, told["deliveries"])
    if kept:
        DEAD_LETTERS.labels(durable.name).inc()


def _durable(handlers: Handlers, name: str) -> Durable:
    return {durable.name: durable for durable in handlers.durables()}[name]
