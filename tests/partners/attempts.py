"""What a hostile partner may try, and by what it shows whether it came through."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.partners.scene import READ, SECRET, Scene

HEAR_SECONDS = 0.25
# How the surroundings are spoilt so that the attempt must come through: else it shows nothing. "nothing" stands
# for attempts whose success cannot be made by hand.
Spoilt = Literal["account", "import", "system", "open", "stream", "limits", "unapplied", "door", "nothing"]
Run = Callable[[Scene], Awaitable[bool]]


@dataclass(frozen=True)
class Attempt:
    """One attempt; `run` says whether it came through."""

    name: str
    run: Run
    comes_through: Spoilt = "account"


async def heard(client: Client, subject: str, provoke: Callable[[], Awaitable[Any]], queue: str = "") -> bool:
    """Whether anything arrives on a subject while others do their work."""
    messages: list[Msg] = []

    async def keep(message: Msg) -> None:
        messages.append(message)

    subscription = await client.subscribe(subject, queue=queue, cb=keep)
    with contextlib.suppress(nats.errors.Error):
        await client.flush(timeout=3)
    await provoke()
    await asyncio.sleep(HEAR_SECONDS)
    with contextlib.suppress(nats.errors.Error):
        await subscription.unsubscribe()
    return bool(messages)


async def asked(
    client: Client, subject: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Msg | None:
    """What is answered, if anything is."""
    answers: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, cb=answers.put)
    await client.publish(subject, body, reply=inbox, headers=dict(headers) if headers else None)
    try:
        await client.flush(timeout=3)
        async with asyncio.timeout(HEAR_SECONDS):
            return await answers.get()
    except (TimeoutError, nats.errors.Error):
        return None
    finally:
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()


def is_good(answer: Msg | None) -> bool:
    """Whether an answer gives what was asked for: no status and no error."""
    if answer is None:
        return False
    if answer.headers and "Status" in answer.headers:
        return answer.headers["Status"] not in ("503", "404", "408", "409", "400")
    try:
        told = json.loads(answer.data)
    except ValueError:
        return True
    return not (isinstance(told, dict) and "error" in told)


async def stored(scene: Scene, act: Callable[[], Awaitable[Any]], stream: str, subject: str = ">") -> bool:
    """Whether a stream has more on a subject after the act."""
    before = await held(scene, stream, subject)
    with contextlib.suppress(nats.errors.Error):
        await act()
    await asyncio.sleep(HEAR_SECONDS)
    return await held(scene, stream, subject) > before


async def held(scene: Scene, stream: str, subject: str = ">") -> int:
    """How many messages a stream holds on a subject."""
    info = await scene.js.stream_info(stream, subjects_filter=subject)
    return sum((info.state.subjects or {}).values())


def listening(name: str, subject: str, queue: str = "", comes_through: Spoilt = "account") -> Attempt:
    """Listen while services publish and the other partner reads, acknowledges and sends."""

    async def run(scene: Scene) -> bool:
        client, oulu = await scene.hostile(), await scene.become("oulu")

        async def work() -> None:
            await scene.tell(f"{READ}.listened")
            await scene.tell(f"{SECRET}.listened")
            reader = await oulu.jetstream(domain="latu").pull_subscribe_bind("oulu", "PUBLIC")
            for message in await reader.fetch(2, timeout=3):
                await message.ack()
            await reader.unsubscribe()
            await oulu.publish("latu.partner.oulu.practice", b"{}")
            await oulu.flush(timeout=3)
            await (await scene.become("oulu")).close()
            info = await scene.js.stream_info("PUBLIC")
            assert info.state.messages
            await scene.js.add_stream(name="PASSING", subjects=["passing"])
            await scene.js.delete_stream("PASSING")

        return await heard(client, subject, work, queue)

    return Attempt(name, run, comes_through)


def asking(name: str, subject: str, body: Any = None, comes_through: Spoilt = "account") -> Attempt:
    """Ask something that gives a good answer only to whoever may."""

    async def run(scene: Scene) -> bool:
        client = await scene.hostile()
        whole = subject.replace("<server>", scene.server)
        return is_good(await asked(client, whole, json.dumps(body).encode() if body is not None else b""))

    return Attempt(name, run, comes_through)


def saying(
    name: str, subject: str, stream: str, landing: str = "", comes_through: Spoilt = "account", **how: Any
) -> Attempt:
    """Publish something and look whether a stream has it; `reply` and `headers` are sent along."""

    async def run(scene: Scene) -> bool:
        client = await scene.hostile()

        async def act() -> None:
            await client.publish(subject, how.get("body", b"{}"), how.get("reply", ""), how.get("headers"))
            await client.flush(timeout=3)

        return await stored(scene, act, stream, landing or subject)

    return Attempt(name, run, comes_through)
