"""When a stack has come to rest, as its databases and its broker say."""

from __future__ import annotations

import asyncio
import importlib
import time

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from sqlalchemy import select, text

from deploy.embedded.plan import SERVICES
from services.campaign.tables import public_history
from shared.db import Database
from shared.streams import SUBJECTS, connect
from tests.faults.poison import HANDLERS
from tests.faults.records import durables
from tests.faults.stage import Stage

LONGEST_SECONDS = 120.0
LOOK_SECONDS = 0.15
QUIET_LOOKS = 2

_WAITING = """
    SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL)
         + (SELECT count(*) FROM purges WHERE done_at IS NULL)
"""


class Unsettled(Exception):
    """It does not come to rest; says what still moves."""


async def rest(stage: Stage, seconds: float = LONGEST_SECONDS) -> None:
    """Wait until nothing moves any more.

    Raises:
        Unsettled: something still does.
    """
    await stage.wait_until_ready()
    while not await stage.is_whole():
        await asyncio.sleep(LOOK_SECONDS)
    databases = {name: Database(stage.database_url(name), connections=1) for name in SERVICES}
    client = await connect(stage.nats_url, "rest")
    deadline, quiet = time.monotonic() + seconds, 0
    try:
        while quiet < QUIET_LOOKS:
            moving = await _looked(databases, client)
            if moving and time.monotonic() > deadline:
                places = await _places(client, moving)
                raise Unsettled(f"after {seconds:.0f} s still on their way: {moving} {places}")
            quiet = 0 if moving else quiet + 1
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await client.close()
        for database in databases.values():
            await database.close()


async def _looked(databases: dict[str, Database], client: Client) -> dict[str, int]:
    """What moves; where it cannot be seen, because a stream just has no leader, that does."""
    try:
        return await _moving(databases, client)
    except (NatsError, TimeoutError) as error:
        return {type(error).__name__: 1}


async def _moving(databases: dict[str, Database], client: Client) -> dict[str, int]:
    found = {}
    for name, database in databases.items():
        work = importlib.import_module(f"services.{name}.app").service.work_waiting
        async with database.transaction() as tx:
            found[name] = int(await tx.value(text(_WAITING))) + sum([await count(tx) for count in work])
    found |= {name: sum(counts) for name, counts in (await durables(client.jetstream())).items()}
    found["public history"] = await _not_kept(databases["campaign"], client)
    return {name: count for name, count in found.items() if count}


async def _places(client: Client, moving: dict[str, int]) -> str:
    """Where the durables stand that still have something to do, in the broker's words."""
    durables = [one for handlers in HANDLERS.values() for one in handlers.durables() if one.name in moving]
    found = [await client.jetstream().consumer_info(one.stream, one.name) for one in durables]
    return "; ".join(
        f"{info.name}: to come {info.num_pending}, in hand {info.num_ack_pending}, "
        f"again {info.num_redelivered}, pulls {info.num_waiting}, {info.delivered}, {info.ack_floor}"
        for info in found
    )


async def _not_kept(campaign: Database, client: Client) -> int:
    """How far the public history is behind the last message that is in the stream."""
    try:
        last = (await client.jetstream().get_last_msg("PUBLIC", SUBJECTS["PUBLIC"])).seq or 0
    except NotFoundError:
        return 0
    async with campaign.transaction() as tx:
        kept = int(await tx.value(select(public_history.c.sequence)) or 0)
    return max(0, last - kept)
