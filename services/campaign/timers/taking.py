"""Taking what partners send out of its queue: each message ends there, answered or dropped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from prometheus_client import Counter

from services.campaign import commands
from shared.db import Database, Transaction
from shared.pulling import Pull
from shared.retries import judge
from shared.settings import Settings
from shared.streams import ACK_WAIT_SECONDS, PARTNER, SUBJECTS, connect

log = logging.getLogger(__name__)

DURABLE = "campaign-contributions"
BATCH = 32
AGAIN_SECONDS = 1.0
# A message that ends the process each time is given up before it is handled once more.
MOST_DELIVERIES = 12

CONTRIBUTIONS = Counter(
    "latu_contributions_total",
    "Messages of partners, by partner and what became of them.",
    ["partner", "outcome"],
)
Take = Callable[[Transaction, str, Mapping[str, str], bytes], Awaitable[str]]


async def take_contributions(database: Database, settings: Settings) -> None:
    """Take for ever; what is down is waited for. Replicas share the queue."""
    client = await connect(settings.broker_url, "latu-contributions")
    try:
        while True:
            try:
                await _pull(database, client)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - broker or database is away, or the queue not made yet
                log.warning("contributions wait: %s", type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
    finally:
        await client.close()


async def _pull(database: Database, client: Client) -> None:
    config = ConsumerConfig(
        durable_name=DURABLE,
        filter_subject=SUBJECTS[PARTNER],
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
    )
    await client.jetstream().add_consumer(PARTNER, config)
    pull = Pull(client, PARTNER, DURABLE)
    await pull.open()
    try:
        while True:
            for message in await pull.take(BATCH):
                await settle(database, message)
    finally:
        await pull.unsubscribe()


async def settle(database: Database, message: Msg) -> None:
    """Take a message, or give it up when that fails again and again; what is away is waited for."""
    tries = message.metadata.num_delivered
    take = commands.take_contribution if tries <= MOST_DELIVERIES else commands.give_up_contribution
    try:
        await _take(database, message, take)
    except NatsError:
        log.warning("a contribution that was taken comes again, and is known then")
    except Exception as error:  # noqa: BLE001 - judged: tried again or given up, never dropped
        verdict = judge(error, tries)
        log.warning("a contribution could not be taken: %s", verdict.reason)
        if verdict.retry_after is None and await database.answers():
            await _take(database, message, commands.give_up_contribution)
        else:
            await message.nak(delay=verdict.retry_after or AGAIN_SECONDS)


async def _take(database: Database, message: Msg, take: Take) -> None:
    # Its headers are the partner's word: no id, trace or correlation of ours is made from them.
    async with database.transaction() as tx:
        outcome = await take(tx, message.subject, message.headers or {}, message.data)
    partner = message.subject.split(".")[2] if outcome != "nobody" else ""
    CONTRIBUTIONS.labels(partner, outcome).inc()
    await message.ack()
