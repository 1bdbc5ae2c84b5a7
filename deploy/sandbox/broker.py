"""A broker of its own without any service, and on it one partner that can do what a real one can."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from nats.aio.client import Client
from nats.js import JetStreamContext

from deploy.embedded import broker
from deploy.embedded.children import Child
from deploy.embedded.home import Home, open_home
from deploy.embedded.nodes import nodes_of
from deploy.embedded.plan import HOST, Plan
from deploy.embedded.ports import choose_ports
from deploy.embedded.state import State
from deploy.embedded.troubles import StartFailed
from deploy.sandbox.history import Said
from services.campaign import access, partners
from services.campaign.partners import Partner, Wish
from services.campaign.timers.access import durable_of, settle_durables
from shared.broker_accounts import put_accounts
from shared.cli.nkeys import keep_seed, make_pair
from shared.db import now_in_utc
from shared.streams import connect, ensure_streams

NAME: Final = "Example"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
# Also what a later version of Latu may tell: a reader must live with it.
EVERYTHING: Final = "latu.public.>"


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: where the partner finds it, the file with its key, and our own connection."""

    url: str
    key: Path
    partner: Partner
    client: Client

    @property
    def js(self) -> JetStreamContext:
        """The streams as the services see them."""
        return self.client.jetstream()

    async def tell(self, said: Said, **headers: str) -> None:
        """Publish an event as a service does."""
        await self.js.publish(said.subject, said.data, headers=said.headers() | headers)

    async def left(self) -> int:
        """How many events the partner has not read, or not acknowledged."""
        info = await self.js.consumer_info(access.STREAM, self.partner.id)
        return int((info.num_pending or 0) + (info.num_ack_pending or 0))

    def as_told(self) -> dict[str, object]:
        """The partner as the campaign would tell of it."""
        one = self.partner
        return {"partner": one.id, "reads": one.reads, "contributes": one.contributes}


@asynccontextmanager
async def sandbox(folder: Path, port: int = 0) -> AsyncIterator[Sandbox]:
    """A sandbox for as long as the block lasts; the key is written into the folder, over an earlier one.

    With a port the broker is there; without one, where a free one is found.

    Raises:
        Trouble: the port is taken, the broker does not start, or the folder cannot be used.
    """
    with TemporaryDirectory(prefix="latu-sandbox-") as kept:
        home = open_home(Path(kept) / "home", 0)
        named = {"nats": port} if port else {}
        state = State(ports=choose_ports(("nats", "monitor"), named, {}, True, lambda _: None))
        node = nodes_of(state)[0]
        child = broker.broker(home, state, node, Plan(home.path, durable=False), home.raw_output("nats"))
        child.start()
        try:
            await _until_ready(child, node.monitor)
            async with _partner_on(home, state, folder) as made:
                yield made
        finally:
            child.ask_to_stop()
            child.end(STOP_SECONDS)


async def replay(made: Sandbox, told: Sequence[Said], pace: float) -> AsyncIterator[Said]:
    """Tell one after the other, so many a second; gives each after it was told."""
    for said in told:
        await made.tell(said)
        yield said
        await asyncio.sleep(1 / pace)


@asynccontextmanager
async def _partner_on(home: Home, state: State, folder: Path) -> AsyncIterator[Sandbox]:
    url, now = broker.nats_url(state), now_in_utc()
    seed, public = make_pair()
    partner = partners.add(Wish(NAME, ("all",), partners.CONTRIBUTIONS), public, now)
    key = _write_key(folder / f"{partner.id}.nk", seed)
    await ensure_streams(url)
    await settle_durables(url, [partner])
    await put_accounts(home.partners_file, access.accounts([partner], now), broker.system_url(state))
    client = await connect(url, "latu-sandbox")
    try:
        await client.jetstream().add_consumer(
            access.STREAM, replace(durable_of(partner, ()), filter_subjects=[EVERYTHING])
        )
        yield Sandbox(f"nats://{HOST}:{state.ports['nats']}", key, partner, client)
    finally:
        await client.close()


def _write_key(place: Path, seed: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    keep_seed(place, seed)
    return place


async def _until_ready(child: Child, monitor: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not await asyncio.to_thread(broker.broker_is_ready, monitor):
        if child.exit_code is not None or time.monotonic() > deadline:
            raise StartFailed("The broker of the sandbox does not come up.")
        await asyncio.sleep(0.05)
