"""Events in: handlers are declared with FastStream and fed by one subscriber of our own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from faststream import Depends
from faststream._internal.broker.registrator import Registrator
from faststream._internal.endpoint.subscriber.call_item import CallsCollection
from faststream.middlewares import AckPolicy
from faststream.nats import NatsBroker
from faststream.nats.subscriber.config import NatsSubscriberConfig, NatsSubscriberSpecificationConfig
from faststream.nats.subscriber.specification import NatsSubscriberSpecification
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig

from shared.broker_client import open_client
from shared.consuming import EventSubscriber, current_transaction
from shared.db import Database, Transaction
from shared.errors import Refused
from shared.events import Event
from shared.streams import CONNECTION, FOR_EVER, Durable, Keeping, addresses


async def _current() -> Transaction:
    # Async on purpose: FastDepends would send a plain function, and FastStream's Context, to a thread.
    return current_transaction.get()


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
            if any(set(event.type_names()) & set(known.type_names()) for known in self.by_event):
                raise ValueError(f"{event.__name__} already has a handler in {self.service}")
            self.by_event[event] = handler
            return handler

        return declare

    def of_type(self, type_name: str) -> tuple[type[Event], Handler]:
        """The event that a CloudEvents type is read as, and its handler.

        Raises:
            Refused: this service has none for it (any more).
        """
        for event, handler in self.by_event.items():
            if type_name in event.type_names():
                return event, handler
        raise Refused("no_handler", "This service has no handler for events of this type.")

    def durables(self) -> list[Durable]:
        """The durable of each handler."""
        return [Durable(self.service, event) for event in self.by_event]


class Broker(NatsBroker):
    """FastStream's broker over our client."""

    async def _connect(self) -> Client:
        connection = await open_client(**self._connection_kwargs)
        self.config.connect(connection)
        return connection


def make_broker(url: str, service: str) -> NatsBroker:
    """A broker that is not connected yet; `start()` it inside the application's lifespan."""
    return Broker(
        addresses(url), name=f"latu-{service}", logger=None, ack_policy=AckPolicy.MANUAL, **CONNECTION
    )


def subscribe(
    broker: NatsBroker, handlers: Handlers, database: Database, keeping: Keeping = FOR_EVER
) -> list[EventSubscriber]:
    """Declare every handler as a FastStream subscriber: AsyncAPI and injection are FastStream's."""
    subscribers = []
    for event, handler in handlers.by_event.items():
        subscriber = _subscriber(broker, Durable(handlers.service, event), database, keeping)
        subscriber.add_call(parser_=None, decoder_=None, dependencies_=())
        subscriber(handler, filter=_everything)
        subscribers.append(subscriber)
    return subscribers


def _subscriber(
    broker: NatsBroker, durable: Durable, database: Database, keeping: Keeping
) -> EventSubscriber:
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
        keeping,
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
