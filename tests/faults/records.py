"""What the databases and the broker hold of one stack, read once for all checks."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from sqlalchemy import RowMapping, select

from deploy.embedded.plan import SERVICES
from services.campaign.tables import public_events
from services.survey.tables.answers import answers, withdrawn_receipts
from shared import backbone
from shared.db import Database, Transaction
from shared.events import BY_TYPE, Event
from shared.messaging import Handlers
from shared.passed_over import ACTOR
from shared.streams import ADVISORIES, SUBJECTS, connect
from tests.faults.poison import HANDLERS

BATCH = 500
FETCH_SECONDS = 1.0


@dataclass
class Kept:
    """What one service keeps of the backbone, and its replicas by table."""

    service: str
    handlers: Handlers
    outbox: list[dict[str, Any]] = field(default_factory=list)
    inbox: set[tuple[str, str]] = field(default_factory=set)
    letters: list[dict[str, Any]] = field(default_factory=list)
    purges: list[dict[str, Any]] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    replicas: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    table_of: dict[type[Event], str] = field(default_factory=dict)


@dataclass
class Records:
    """Everything that the checks look at."""

    kept: dict[str, Kept] = field(default_factory=dict)
    # Consumer to how many messages are still to come, and how many wait to be acknowledged.
    consumers: dict[str, tuple[int, int]] = field(default_factory=dict)
    # Event id to how often it is in a stream.
    streams: dict[str, int] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    # The public events that the campaign keeps for readers, in their order.
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed_over(self) -> int:
        """Events that the broker passed over, and that were found by looking back."""
        decided = [(row["actor"], row["action"]) for kept in self.kept.values() for row in kept.audit]
        return sum(actor == ACTOR and action.startswith("dead_letter_") for actor, action in decided)

    @property
    def told(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Each event of every outbox with the service that emitted it."""
        return [(kept.service, row) for kept in self.kept.values() for row in kept.outbox]


async def read_records(urls: Mapping[str, str], nats_url: str) -> Records:
    """Read everything; `urls` are the databases by service."""
    found = Records()
    for service in SERVICES:
        database = Database(urls[service], connections=1)
        async with database.transaction() as tx:
            found.kept[service] = await _read_service(tx, service)
            if service == "survey":
                rows = await tx.all(select(answers.c.receipt).where(answers.c.receipt.is_not(None)))
                found.receipts = [row["receipt"] for row in rows]
                gone = await tx.all(select(withdrawn_receipts.c.receipt))
                found.withdrawn = {row["receipt"] for row in gone}
            if service == "campaign":
                kept = await tx.all(select(public_events).order_by(public_events.c.position))
                found.history = [dict(row) for row in kept]
        await database.close()
    client = await connect(nats_url, "checker")
    try:
        await _read_broker(client.jetstream(), found)
    finally:
        await client.close()
    return found


async def _read_service(tx: Transaction, service: str) -> Kept:
    async def rows(table: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await tx.all(select(table))]

    kept = Kept(service, HANDLERS[service])
    kept.outbox = [
        dict(r) for r in await tx.all(select(backbone.outbox).order_by(backbone.outbox.c.position))
    ]
    kept.inbox = {(row["handler"], row["event_id"]) for row in await tx.all(select(backbone.inbox))}
    kept.letters = await rows(backbone.dead_letters)
    kept.purges = await rows(backbone.purges)
    kept.audit = await rows(backbone.audit)
    derived = importlib.import_module(f"services.{service}.app").service.derived
    for name, table in derived.tables.items():
        kept.replicas[name] = {row["key"]: row for row in await rows(table)}
    kept.table_of = {event: replica.table.name for event, replica in derived.replicas.items()}
    return kept


async def _read_broker(js: JetStreamContext, found: Records) -> None:
    found.consumers = await durables(js)
    for stream in ("PUBLIC", "INTERNAL"):
        for event_id in await _ids_in(js, stream):
            found.streams[event_id] = found.streams.get(event_id, 0) + 1


async def durables(js: JetStreamContext) -> dict[str, tuple[int, int]]:
    """Every durable of the stack: how many messages are still to come, and how many are in hand.

    Of a handler's that the broker does not tell of, there is something to come.
    """
    unheard = {one.name: (1, 0) for handlers in HANDLERS.values() for one in handlers.durables()}
    return unheard | {
        info.name: (info.num_pending or 0, info.num_ack_pending or 0)
        for stream in (*SUBJECTS, ADVISORIES)
        for info in await js.consumers_info(stream)
        if info.config.durable_name
    }


async def _ids_in(js: JetStreamContext, stream: str) -> list[str]:
    left = (await js.stream_info(stream)).state.messages
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL)
    pull = await js.pull_subscribe(SUBJECTS[stream], stream=stream, config=config)
    found: list[str] = []
    while len(found) < left:
        batch = await pull.fetch(min(BATCH, left - len(found)), timeout=FETCH_SECONDS)
        found += [(message.headers or {}).get("ce-id", "") for message in batch]
    await pull.unsubscribe()
    return found


def thing(row: RowMapping | Mapping[str, Any]) -> tuple[str, str]:
    """What an event is about, whichever type tells of it: publisher and kind, and the key."""
    event = BY_TYPE[row["type"]]
    return f"{event.publisher()}.{event.SUBJECT.rpartition('.')[2]}", row["key"]
