"""Attempts to get in with a wrong or old identity, and to strain the broker."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import nats

from shared.cli.nkeys import make_pair
from shared.streams import PARTNER_MESSAGE_BYTES, PARTNER_WAITING
from tests.partners.attempts import Attempt, asked, held, is_good
from tests.partners.scene import Scene
from tests.partners.speaking import PRACTICE

TRIED = 20


async def quiet(_: Exception) -> None:
    """What the broker says is not shown."""


async def gets_in(scene: Scene, seed: str = "", **more: str) -> bool:
    """Whether a connection is there a moment later, too."""
    try:
        client = (
            await scene.become("kemi", seed=seed)
            if seed
            else await nats.connect(scene.address, allow_reconnect=False, error_cb=quiet, **more)
        )
        await asyncio.sleep(0.1)
        await client.flush(timeout=3)
    except (nats.errors.Error, OSError):
        return False
    alive = client.is_connected
    await client.close()
    return bool(alive)


async def unknown_key(scene: Scene) -> bool:
    """A good key that nobody was given."""
    return await gets_in(scene, make_pair()[0])


async def without_key(scene: Scene) -> bool:
    """Nothing at all."""
    return await gets_in(scene)


async def guessed_password(scene: Scene) -> bool:
    """The services' name with passwords that people use."""
    names = ("latu", "latu-reload", "kemi")
    guesses = [(name, password) for name in names for password in ("", "latu", "password")]
    return any([await gets_in(scene, user=name, password=password) for name, password in guesses])


async def by_the_door(scene: Scene, url: str) -> bool:
    """What only services know, where partners from elsewhere come in."""
    (address, tls), place = scene.door, urlsplit(url.split(",", maxsplit=1)[0])
    how = {"allow_reconnect": False, "connect_timeout": 3, "error_cb": quiet, "tls": tls}
    try:
        client = await nats.connect(address, user=place.username, password=place.password, **how)
        await client.flush(timeout=3)
    except (nats.errors.Error, OSError):
        return False
    await client.close()
    return True


async def old_key(scene: Scene) -> bool:
    """A key that was replaced."""
    return await gets_in(scene, await scene.rotate("kemi", timedelta()))


async def after(scene: Scene, status: str) -> bool:
    """A connection that was good, and a new one, once the partner is let in no more."""
    client = await scene.become("kemi")
    await scene.set_status("kemi", status)
    await asyncio.sleep(0.3)
    with contextlib.suppress(nats.errors.Error, OSError):
        if is_good(await asked(client, PRACTICE, b"{}")):
            return True
    return await gets_in(scene, scene.seeds["kemi"])


async def suspended(scene: Scene) -> bool:
    """While it is suspended."""
    inside = await after(scene, "suspended")
    await scene.set_status("kemi", "active")
    return inside


async def flood(scene: Scene) -> bool:
    """Fill the queue, then see whether another still can send, and how much was taken."""
    client = await scene.become("kemi")
    for _ in range(PARTNER_WAITING + 500):
        await client.publish(PRACTICE, b"x" * 1000)
    await client.flush(timeout=20)
    await asyncio.sleep(0.5)
    others = is_good(await asked(await scene.become("oulu"), "latu.partner.oulu.practice", b"{}"))
    return not others or await held(scene, "PARTNER", PRACTICE) > PARTNER_WAITING


async def oversized(scene: Scene) -> bool:
    """More bytes than a partner may send."""
    client = await scene.become("kemi")
    with contextlib.suppress(nats.errors.Error, OSError):
        client._max_payload = 10 * PARTNER_MESSAGE_BYTES  # what the server told it not to do
        return is_good(await asked(client, PRACTICE, b"x" * (2 * PARTNER_MESSAGE_BYTES)))
    return False


async def many_connections(scene: Scene) -> bool:
    """As many connections as it gets."""
    made = 0
    for _ in range(TRIED):
        with contextlib.suppress(nats.errors.Error, OSError):
            client = await scene.become("kemi")
            await client.flush(timeout=2)
            made += client.is_connected
    return made >= TRIED


async def many_subscriptions(scene: Scene) -> bool:
    """As many subscriptions as it gets."""
    client = await scene.become("kemi")
    with contextlib.suppress(nats.errors.Error, OSError):
        for _ in range(300):
            await client.subscribe(client.new_inbox())
        await client.flush(timeout=3)
    for _ in range(30):  # the broker's word may come after its answer to the flush
        if not client.is_connected or any("subscriptions" in told for told in client.told):  # type: ignore[attr-defined]
            return False
        await asyncio.sleep(0.1)
    return True


async def spoken_nonsense(scene: Scene) -> bool:
    """Bytes that are no protocol: does the broker go on for others?"""
    host, port = scene.address.removeprefix("nats://").split(":")
    for nonsense in (
        b"\x00" * 4096,
        b"PUB a 99999999999\r\n",
        b"CONNECT {{{{\r\n",
        b"A" * 100_000,
        b"SUB\r\n" * 500,
    ):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(nonsense)
            await writer.drain()
            writer.close()
    return not is_good(await asked(await scene.become("oulu"), "latu.partner.oulu.practice", b"{}"))


ATTEMPTS: Final[tuple[Attempt, ...]] = (
    Attempt("come in with an unknown key", unknown_key, "nothing"),
    Attempt("come in without a key", without_key, "nothing"),
    Attempt("guess a password", guessed_password, "open"),
    Attempt(
        "come in by the partners' door with the services' password",
        lambda scene: by_the_door(scene, scene.stack.nats_url),
        "door",
    ),
    Attempt(
        "come in by the partners' door with the password of who reloads",
        lambda scene: by_the_door(scene, scene.stack.nats_system_url),
        "door",
    ),
    Attempt("come in with a key that was replaced", old_key, "unapplied"),
    Attempt("go on while it is suspended", suspended, "unapplied"),
    Attempt("send more than a message may hold", oversized, "limits"),
    Attempt("connect too often", many_connections, "limits"),
    Attempt("subscribe too often", many_subscriptions, "limits"),
    Attempt("stop the broker with nonsense", spoken_nonsense, "nothing"),
    Attempt("flood", flood, "stream"),
    Attempt("go on after it was removed", lambda scene: after(scene, "removed"), "unapplied"),
)
