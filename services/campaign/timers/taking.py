"""Taking what partners send out of its queue: each message ends there, answered or dropped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from prometheus_client import Counter

from services.campaign import commands, contributions
from shared import streams
from shared.db import Database, Transaction
from shared.pulling import Pull
from shared.retries import judge
from shared.settings import Settings
from shared.streams import PARTNER, SUBJECTS, connect

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


@dataclass
class Over:
    """Partners whose number of the day is reached: what more they send costs no transaction."""

    until: dict[str, date] = field(default_factory=dict)

    def drops(self, message: Msg, today: date) -> bool:
        """Whether a message is one too many, unless it takes something back: that is looked at."""
        takes_back = (message.headers or {}).get("ce-type") in contributions.TAKING_BACK
        return self.until.get(_partner(message)) == today and not takes_back


async def _pull(database: Database, client: Client) -> None:
    config = ConsumerConfig(
        durable_name=DURABLE,
        filter_subject=SUBJECTS[PARTNER],
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=streams.ACK_WAIT_SECONDS,
        max_deliver=-1,
    )
    await client.jetstream().add_consumer(PARTNER, config)
    pull, over = Pull(client, PARTNER, DURABLE), Over()
    await pull.open()
    try:
        while True:
            for message in await pull.take(BATCH):
                await settle(database, message, over)
    finally:
        await pull.unsubscribe()


async def settle(database: Database, message: Msg, over: Over) -> None:
    """Take a message, or give it up when that fails again and again; what is away is waited for."""
    today = database.clock().date()
    if over.drops(message, today):
        await _end(message, "dropped")
        return
    tries = message.metadata.num_delivered
    take = commands.take_contribution if tries <= MOST_DELIVERIES else commands.give_up_contribution
    try:
        if await _take(database, message, take) == "dropped":
            over.until[_partner(message)] = today
    except NatsError:
        log.warning("a contribution that was taken comes again, and is known then")
    except Exception as error:  # noqa: BLE001 - judged: tried again or given up, never dropped
        verdict = judge(error, tries)
        log.warning("a contribution could not be taken: %s", verdict.reason)
        if verdict.retry_after is None and await database.answers():
            await _take(database, message, commands.give_up_contribution)
        else:
            await message.nak(delay=verdict.retry_after or AGAIN_SECONDS)


async def _take(database: Database, message: Msg, take: Take) -> str:
    # Its headers are the partner's word: no id, trace or correlation of ours is made from them.
    async with database.transaction() as tx:
        outcome = await take(tx, message.subject, message.headers or {}, message.data)
    await _end(message, outcome)
    return outcome


async def _end(message: Msg, outcome: str) -> None:
    CONTRIBUTIONS.labels(_partner(message) if outcome != "nobody" else "", outcome).inc()
    await message.ack()


def _partner(message: Msg) -> str:
    return message.subject.split(".")[2]
