"""Messages that a handler cannot handle: some are no events at all, some only make a sick handler fail."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from nats.aio.client import Client

from services.campaign.handlers import events as campaign
from services.coaching.handlers import events as coaching
from services.model.handlers import events as model
from services.survey.handlers import events as survey
from shared.events import (
    Event,
    PracticePublished,
    PracticeSuggested,
    StoryPublished,
)
from shared.messaging import Handlers
from shared.streams import connect
from tests.convergence import said
from tests.faults.actor import SICK

HANDLERS: dict[str, Handlers] = {one.service: one for one in (survey, coaching, model, campaign)}
GARBAGE = "garbage-"
BROKEN = (b"", b"no JSON", b"{}", b'{"revision": 0}', b"\xff\xfe", b'{"revision": "\\u0000"}')
NOBODYS = "latu.partner.nobody.story"
ACK_SECONDS = 5.0


@dataclass(frozen=True)
class Dose:
    """One message: under which event's subject, for which key, with what in it."""

    id: str
    event: type[Event]
    key: str
    body: bytes

    @property
    def curable(self) -> bool:
        """Whether it can be handled once the handler is mended."""
        return self.key.startswith(SICK)

    @property
    def subject(self) -> str:
        """Where it is published."""
        return f"{self.event.subject_root()}.{self.key}"

    @property
    def headers(self) -> dict[str, str]:
        """An envelope as a relay makes it."""
        return {
            "ce-id": self.id,
            "ce-type": self.event.type_name(),
            "ce-revision": "1",
            "Nats-Msg-Id": self.id,
        }

    @property
    def handlers(self) -> dict[str, str]:
        """The durables that get it, each with its service."""
        return {
            durable.name: service
            for service, handlers in HANDLERS.items()
            for durable in handlers.durables()
            if durable.event is self.event
        }


@dataclass
class Poisoner:
    """Publishes doses, each until the broker has it, and remembers them."""

    nats_url: str
    chance: random.Random
    doses: list[Dose] = field(default_factory=list)
    _client: Client | None = None

    async def drop(self) -> None:
        """Publish one more, and something in the partners' queue that nobody sent: nothing comes of it."""
        await self.give(self._next(len(self.doses)))
        await self._publish(NOBODYS, b"{}", {})

    async def finish(self) -> None:
        """Publish the last one again: whoever dropped it may have been stopped before it was acknowledged."""
        if self.doses:
            await self.give(self.doses.pop())

    async def give(self, dose: Dose) -> None:
        """Publish a dose until the broker has acknowledged it."""
        self.doses.append(dose)
        await self._publish(dose.subject, dose.body, dose.headers)

    async def _publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        if self._client is None:
            self._client = await connect(self.nats_url, "faults")
        while True:
            try:
                js = self._client.jetstream()
                await js.publish(subject, body, headers=headers, timeout=ACK_SECONDS)
            except Exception:  # noqa: BLE001 - whatever it is, the message is sent again under the same id
                await asyncio.sleep(0.2)
            else:
                return

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.close()

    def _next(self, number: int) -> Dose:
        event, body = self.chance.choice(curable(f"{SICK}{number:03}"))
        if number % 2:
            key = f"{GARBAGE}{number:03}"
            return Dose(f"faults-{key}", event, key, self.chance.choice(BROKEN))
        return Dose(f"faults-{SICK}{number:03}", event, f"{SICK}{number:03}", body)


def curable(key: str) -> list[tuple[type[Event], bytes]]:
    """Sound events under a key, one for each service at least."""
    suggested = PracticeSuggested(
        revision=1,
        occurred_at=said.START,
        suggestion=key,
        text="Synthetic.",
        language="fi",
        topic="community",
    )
    practice = said.practice(key, 1, status="published", topics=("community",))
    told: list[Event] = [suggested, practice, said.story(key, 1, "Synthetic.")]
    kinds = {PracticeSuggested, PracticePublished, StoryPublished}
    assert {type(one) for one in told} == kinds
    return [(type(one), one.model_dump_json().encode()) for one in told]
