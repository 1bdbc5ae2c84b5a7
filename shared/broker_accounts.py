"""Has every node of the broker read its configuration again, after a file that belongs to it was written."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from shared.streams import addresses, connect

ANSWER_SECONDS = 5.0
GATHER_SECONDS = 1.0
# A node that reads an account for the first time only finds what it imports when it reads it once more.
READINGS = 2


class NotReloaded(Exception):
    """A node did not answer, or does not take the file."""


async def put_accounts(place: Path, text: str, system_url: str) -> None:
    """Write the file and have every node read it; connections that it no longer lets in are cut by the nodes.

    Raises:
        NotReloaded: a node refuses it (then the file is again what it was), or does not answer.
    """
    before = _read(place)
    _write(place, text)
    client = await connect(system_url, "latu-accounts")
    try:
        for _ in range(READINGS):
            await _reload(client, len(addresses(system_url)))
    except NodeRefused:
        _write(place, before)
        raise
    finally:
        await client.close()


class NodeRefused(NotReloaded):
    """A node does not take the file."""


async def _reload(client: Client, expected: int) -> None:
    nodes = await _nodes(client, expected)
    for node in nodes:
        try:
            answer = await client.request(f"$SYS.REQ.SERVER.{node}.RELOAD", timeout=ANSWER_SECONDS)
        except Exception as error:
            raise NotReloaded(f"a node did not answer ({type(error).__name__})") from error
        told: dict[str, Any] = json.loads(answer.data)
        if "error" in told:
            raise NodeRefused(str(told["error"].get("description", "")))
    if len(nodes) < expected:
        raise NotReloaded(f"{expected - len(nodes)} of {expected} nodes did not answer")


async def _nodes(client: Client, expected: int) -> list[str]:
    """The ids of the nodes that answer in time."""
    inbox = client.new_inbox()
    waiting = await client.subscribe(inbox)
    await client.publish("$SYS.REQ.SERVER.PING.IDZ", reply=inbox)
    found: list[str] = []
    try:
        async with asyncio.timeout(GATHER_SECONDS):
            async for message in waiting.messages:
                found.append(str(json.loads(message.data)["id"]))
                if len(found) >= expected:
                    break
    except TimeoutError:
        pass
    await waiting.unsubscribe()
    return found


def _read(place: Path) -> str:
    return place.read_text(encoding="utf-8") if place.exists() else ""


def _write(place: Path, text: str) -> None:
    draft = place.with_name(place.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
