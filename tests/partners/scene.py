"""A real broker with two partners on it, Kemi and Oulu, and what the services know that they must not."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from deploy.embedded import Plan, Stack, own_stack
from services.campaign import access, partners
from services.campaign.partners import Partner, Wish
from services.campaign.timers.access import settle_durables
from shared.broker_accounts import put_accounts
from shared.cli.nkeys import make_pair
from shared.db import now_in_utc
from shared.streams import connect, ensure_streams
from tests.conftest import quick_folder
from tests.embedded.test_door import Authority, free_port

READ = "latu.public.survey.insight_released.v1"
FOREIGN = "latu.public.campaign.story_published.v1"
SECRET = "latu.internal.coaching.outcome_recorded.v1"
GIVEN = 3
AUTHORITY = "authority/ca.pem"


@dataclass
class Scene:
    """The broker, the keys of each partner, and the connections that were opened."""

    stack: Stack
    partners: dict[str, Partner] = field(default_factory=dict)
    seeds: dict[str, str] = field(default_factory=dict)
    opened: list[Client] = field(default_factory=list)
    ours: Client | None = None
    # For the suite's own test: the partner is in the services' account; the broker does not follow.
    in_the_services_account: bool = False
    in_the_system_account: bool = False
    asleep: bool = False
    server: str = ""

    @property
    def address(self) -> str:
        """Where a partner finds the broker, without any password."""
        place = urlsplit(self.stack.nats_url.split(",")[0])
        return f"nats://{place.hostname}:{place.port}"

    @property
    def door(self) -> tuple[str, ssl.SSLContext]:
        """Where partners from elsewhere come in, and what trusts its certificate."""
        told = self.configuration.read_text(encoding="utf-8")
        place = re.findall(r'websocket \{\s+listen: "(.+)"', told)[0]
        return f"wss://{place}", ssl.create_default_context(cafile=self.stack.home.parent / AUTHORITY)

    @property
    def js(self) -> JetStreamContext:
        """The streams as the services see them."""
        assert self.ours is not None
        return self.ours.jetstream()

    async def add(self, name: str, **wish: Any) -> Partner:
        """A partner with a fresh key."""
        seed, public = make_pair()
        made = partners.add(Wish(name=name, **wish), public, now_in_utc())
        self.partners[made.id], self.seeds[made.id] = made, seed
        return made

    async def apply(self, loosened: Sequence[tuple[str, str]] = ()) -> None:
        """Have the broker follow; `loosened` replaces patterns in its configuration, for the suite's own test."""
        if self.asleep:
            return
        await settle_durables(self.stack.nats_url, list(self.partners.values()))
        text = access.accounts(self.partners.values(), now_in_utc())
        for before, after in loosened:
            text, times = re.subn(before, after, text)
            assert times, before
        await put_accounts(self.stack.home / "partners.conf", text, self.stack.nats_system_url)

    async def become(self, partner: str, *, seed: str = "", **more: Any) -> Client:
        """Connect as a partner; each error is kept in `client.told`."""
        told: list[str] = []

        async def hear(error: Exception) -> None:
            told.append(str(error))

        options = {"allow_reconnect": False, "connect_timeout": 3, "error_cb": hear, **more}
        client = await nats.connect(self.address, nkeys_seed_str=seed or self.seeds[partner], **options)
        client.told = told  # type: ignore[attr-defined]
        self.opened.append(client)
        return client

    async def hostile(self) -> Client:
        """The connection that tries what it may not."""
        if not (self.in_the_services_account or self.in_the_system_account):
            return await self.become("kemi")
        url = self.stack.nats_system_url if self.in_the_system_account else self.stack.nats_url
        self.opened.append(await nats.connect(url, allow_reconnect=False))
        return self.opened[-1]

    @property
    def configuration(self) -> Path:
        """The broker's own configuration, for the suite's own test."""
        return self.stack.home / "run" / "nats.conf"

    async def spoil_configuration(self, *changes: tuple[str, str]) -> None:
        """Replace something in the broker's own configuration; it reads it with the partners' next change."""
        text = self.configuration.read_text(encoding="utf-8")
        for before, after in changes:
            assert before in text, before
            text = text.replace(before, after)
        self.configuration.write_text(text, encoding="utf-8")

    async def rotate(self, partner: str, overlap: timedelta = timedelta()) -> str:
        """Another key for a partner; returns the old seed."""
        old, (seed, public) = self.seeds[partner], make_pair()
        self.partners[partner] = partners.rotate(self.partners[partner], public, overlap, now_in_utc())
        self.seeds[partner] = seed
        await self.apply()
        return old

    async def set_status(self, partner: str, status: str) -> None:
        """Suspend, resume or remove one."""
        verb = {"suspended": partners.suspend, "active": partners.resume, "removed": partners.remove}[status]
        self.partners[partner] = verb(self.partners[partner], now_in_utc())
        await self.apply()

    async def tell(self, subject: str, body: bytes = b"{}") -> None:
        """Publish an event as a service does."""
        await self.js.publish(subject, body)

    async def begin(self) -> None:
        """Fresh streams with something in each, and both partners."""
        self.ours = await connect(self.stack.nats_url, "scene")
        self.server = str(self.ours.connected_server_version and self.ours._server_info["server_id"])
        for info in await self.js.streams_info():
            await self.js.delete_stream(info.config.name or "")
        await ensure_streams(self.stack.nats_url)
        for number in range(GIVEN):
            for root in (READ, FOREIGN, SECRET):
                await self.tell(f"{root}.k{number}")
        for name in ("Kemi", "Oulu"):
            await self.add(name, reads=("insight_released",), contributes=("practice",))
        await self.apply()

    async def leave(self) -> None:
        """Close what partners opened."""
        for client in self.opened:
            await client.close()
        self.opened.clear()

    async def end(self) -> None:
        """Leave a broker without partners."""
        await self.leave()
        self.partners = {name: replace(one, status="suspended") for name, one in self.partners.items()}
        await put_accounts(self.stack.home / "partners.conf", "", self.stack.nats_system_url)
        if self.ours is not None:
            await self.ours.close()


@asynccontextmanager
async def scene_on(stack: Stack) -> AsyncIterator[Scene]:
    """The scene on a broker that runs."""
    scene = Scene(stack)
    try:
        await scene.begin()
        yield scene
    finally:
        await scene.end()


@contextmanager
def own_broker(nodes: int = 1) -> Iterator[Stack]:
    """A broker for this alone, with a door for partners from elsewhere."""
    with quick_folder() as folder:
        certificate, key = Authority(Path(folder) / "authority").sign("broker")
        door = {"websocket": f"127.0.0.1:{free_port()}", "certificate": str(certificate), "key": str(key)}
        plan = Plan(Path(folder) / "home", (), any_port=True, durable=False, nats_nodes=nodes, door=door)
        with own_stack(plan) as stack:
            yield stack


async def fetched(client: Client, partner: str, most: int = 100) -> list[str]:
    """The subjects of what a partner reads and acknowledges now."""
    reader = await client.jetstream(domain="latu").pull_subscribe_bind(partner, "PUBLIC")
    try:
        messages = await reader.fetch(most, timeout=1)
    except TimeoutError:
        return []
    finally:
        await reader.unsubscribe()
    for message in messages:
        await message.ack_sync(timeout=3)
    return [message.subject for message in messages]


async def silence(client: Client, seconds: float = 0.3) -> None:
    """Let what was sent arrive, and what it leads to."""
    if client.is_connected:
        await client.flush(timeout=3)
    await asyncio.sleep(seconds)
