"""How far the readers of streams are, as the broker says of their durables."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """A durable: what waits for its reader, what is out with it, and when it last got and settled one.

    `delivered` counts deliveries, repetitions too, since the durable was made; `pulls` are the requests that
    wait now: above nought, a reader is there.
    """

    waiting: int
    unacknowledged: int
    delivered: int
    pulls: int
    delivered_at: datetime | None
    acknowledged_at: datetime | None


async def of_durables(js: JetStreamContext, places: Iterable[Place]) -> Mapping[Place, Progress]:
    """The durables by stream and name; those that are not there are left out.

    Raises:
        Error, TimeoutError: the broker is away.
    """
    wanted = [*dict.fromkeys(places)]
    async with asyncio.timeout(ANSWER_SECONDS):
        found = await asyncio.gather(*(_of_durable(js, *place) for place in wanted))
    return {place: one for place, one in zip(wanted, found, strict=True) if one is not None}


async def _of_durable(js: JetStreamContext, stream: str, name: str) -> Progress | None:
    try:
        told = await js.consumer_info(stream, name)
    except NotFoundError:
        return None
    return Progress(
        waiting=told.num_pending or 0,
        unacknowledged=told.num_ack_pending or 0,
        delivered=told.delivered.consumer_seq if told.delivered else 0,
        pulls=told.num_waiting or 0,
        delivered_at=told.delivered.last_active if told.delivered else None,
        acknowledged_at=told.ack_floor.last_active if told.ack_floor else None,
    )
