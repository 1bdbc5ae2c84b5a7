"""Events in: handlers are declared with FastStream and fed by one subscriber of our own, in batches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Annotated, Any

from faststream import Depends
from faststream._internal.broker.registrator import Registrator
from faststream._internal.endpoint.subscriber.call_item import CallsCollection
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.subscriber.config import NatsSubscriberConfig, NatsSubscriberSpecificationConfig
from faststream.nats.subscriber.specification import NatsSubscriberSpecification
from faststream.nats.subscriber.usecases import PullStreamSubscriber
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig
from sqlalchemy.exc import DBAPIError

from shared import dead_letters, inbox
from shared.db import Database, Origin, Transaction
from shared.events import Event
from shared.observability import DEAD_LETTERS, EVENT_DELAY_SECONDS, EVENTS_HANDLED, correlation_id
from shared.retries import Verdict, judge
from shared.streams import CONNECTION, Durable, ensure_durable

log = logging.getLogger(__name__)

BATCH = 256
FETCH_SECONDS = 5.0
BROKER_DOWN_SECONDS = 0.5

_transaction: ContextVar[Transaction] = ContextVar("transaction")


async def _current() -> Transaction:
    # Async on purpose: FastDepends would send a plain function, and FastStream's Context, to a thread.
    return _transaction.get()


Tx = Annotated[Transaction, Depends(_current)]
Handler = Callable[..., Awaitable[None]]


@dataclass
class Handlers:
    """The events that a service listens to, filled by `@events.on(...)` at import; nothing connects."""

    service: str
    by_event: dict[type[Event], Handler] = field(default_factory=dict)

    def on(self, event: type[Event]) -> Callable[[Handler], Handler]:
        """Declare the handler of an event: `async def on_<event>(event: <Event>, tx: Tx) -> None`."""

        def declare(handler: Handler) -> Handler:
            if event in self.by_event:
                raise ValueError(f"{event.__name__} already has a handler in {self.service}")
            self.by_event[event] = handler
            return handler

        return declare

    def durables(self) -> list[Durable]:
        """The durable of each handler."""
        return [Durable(self.service, event) for event in self.by_event]


class EventSubscriber(PullStreamSubscriber):
    """Pulls batches and handles each in one transaction; a poison message hurts only itself."""

    __slots__ = ("database", "durable")

    def __init__(self, durable: Durable, database: Database, **rest: Any) -> None:
        super().__init__(**rest, queue="", pull_sub=PullSub(batch_size=BATCH), stream=_stream(durable))
        self.durable = durable
        self.database = database

    async def _create_subscription(self) -> None:
        if not self.subscription:
            await ensure_durable(self.jetstream, self.durable)
            self.subscription = await self.jetstream.pull_subscribe_bind(
                self.durable.name, self.durable.stream
            )
            self.add_task(self._pull)

    async def _pull(self) -> None:
        while self.running:
            messages = await self._fetch()
            if messages:
                await self.handle(messages)

    async def _fetch(self) -> list[Msg]:
        try:
            found: list[Msg] = await self.subscription.fetch(BATCH, timeout=FETCH_SECONDS)  # type: ignore[union-attr]
        except TimeoutError:
            return []
        except NatsError as error:
            log.warning("%s waits for the broker: %s", self.durable.name, type(error).__name__)
            await asyncio.sleep(BROKER_DOWN_SECONDS)
            return []
        return found

    async def handle(self, messages: Sequence[Msg]) -> None:
        """Handle messages in one transaction and acknowledge them after its commit.

        When it fails they are handled one by one, so that only the one that cannot be handled waits.
        """
        try:
            async with self.database.transaction() as tx:
                await self._handle_within(tx, messages)
        except Exception as error:  # noqa: BLE001 - judged below: retried or put aside, never dropped
            if len(messages) > 1:
                for message in messages:
                    await self.handle([message])
            else:
                await self._settle(messages[0], error)
            return
        for message in messages:
            EVENTS_HANDLED.labels(self.durable.name, "done").inc()
            EVENT_DELAY_SECONDS.labels(self.durable.name).observe(
                _delay(message, self.database.clock().timestamp())
            )
            await message.ack()

    async def _handle_within(self, tx: Transaction, messages: Sequence[Msg]) -> None:
        by_id = {_event_id(message): message for message in messages}
        _transaction.set(tx)
        fresh = await inbox.first_times(tx, self.durable.name, list(by_id))
        for event_id, message in by_id.items():
            if event_id in fresh:
                dead_letters.refuse_unknown_version(self.durable.event, message.headers or {})
                tx.origin = _origin(message)
                correlation_id.set(tx.origin.correlation_id)
                await self.process_message(message)

    async def _settle(self, message: Msg, error: Exception) -> None:
        verdict = judge(error, message.metadata.num_delivered)
        EVENTS_HANDLED.labels(self.durable.name, "retried" if verdict.retry_after else "dead").inc()
        log.warning("%s could not handle an event: %s", self.durable.name, verdict.reason)
        try:
            if verdict.retry_after is None:
                await self._put_aside(message, verdict)
                await message.ack()
            else:
                await message.nak(delay=verdict.retry_after)
        except (NatsError, DBAPIError, OSError):
            log.warning("%s leaves a message to be delivered again", self.durable.name)

    async def _put_aside(self, message: Msg, verdict: Verdict) -> None:
        async with self.database.transaction() as tx:
            tries = message.metadata.num_delivered
            letter = dead_letters.Letter.of(
                self.durable, message.headers or {}, message.subject, message.data
            )
            await dead_letters.save(tx, letter, verdict.reason, tries)
        DEAD_LETTERS.labels(self.durable.name).inc()


def make_broker(url: str, service: str) -> NatsBroker:
    """A broker that is not connected yet; `start()` it inside the application's lifespan."""
    return NatsBroker(url, name=f"latu-{service}", logger=None, ack_policy=AckPolicy.MANUAL, **CONNECTION)


def subscribe(broker: NatsBroker, handlers: Handlers, database: Database) -> list[EventSubscriber]:
    """Declare every handler as a FastStream subscriber: AsyncAPI and injection are FastStream's."""
    subscribers = []
    for event, handler in handlers.by_event.items():
        subscriber = _subscriber(broker, Durable(handlers.service, event), database)
        subscriber.add_call(parser_=None, decoder_=None, dependencies_=())
        subscriber(handler, filter=_everything)
        subscribers.append(subscriber)
    return subscribers


def _subscriber(broker: NatsBroker, durable: Durable, database: Database) -> EventSubscriber:
    calls: CallsCollection[Msg] = CallsCollection()
    specification = NatsSubscriberSpecificationConfig(
        subject=durable.filter_subject,
        queue=None,
        title_=durable.event.__name__,
        description_=durable.event.__doc__,
    )
    subscriber = EventSubscriber(
        durable,
        database,
        config=NatsSubscriberConfig(
            subject=durable.filter_subject,
            sub_config=ConsumerConfig(durable_name=durable.name),
            no_reply=True,
            _outer_config=broker.config.broker_config,
            _ack_policy=AckPolicy.MANUAL,
        ),
        specification=NatsSubscriberSpecification(
            _outer_config=broker.config.broker_config, calls=calls, specification_config=specification
        ),
        calls=calls,
    )
    # The base registrator takes a ready subscriber; NATS's own would build one of its classes.
    Registrator.subscriber(broker, subscriber)
    return subscriber


async def _everything(_: Any) -> bool:
    return True


def _stream(durable: Durable) -> JStream:
    return JStream(durable.stream, declare=False)


def _header(message: Msg, name: str) -> str:
    return (message.headers or {}).get(name, "")


def _event_id(message: Msg) -> str:
    return dead_letters.event_id(message.headers or {}, message.subject, message.data)


def _origin(message: Msg) -> Origin:
    event_id = _event_id(message)
    correlation = _header(message, "ce-correlationid") or event_id
    return Origin(correlation, causation_id=event_id, traceparent=_header(message, "traceparent") or None)


def _delay(message: Msg, now: float) -> float:
    return max(0.0, now - dead_letters.published_at(message.headers or {}, now))
