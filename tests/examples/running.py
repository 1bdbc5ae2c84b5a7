"""Runs each example as it is written, against a stack: `EXAMPLES` has them by their files."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nats

from deploy.embedded import Stack
from deploy.sandbox.history import Said, recorded
from deploy.sandbox.script import thing_of
from shared.cli.client import Services, of_stack
from shared.cli.nkeys import keep_seed, make_pair
from shared.db import now_in_utc
from shared.events import StoryPublished
from shared.ids import new_id
from tests.conftest import ROOT
from tests.examples.region import free_port

FOLDER = ROOT / "examples"
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.1
PARTNER = "example"
TAKEN_BACK = StoryPublished.type_name()
INTERPRETERS = {".py": (sys.executable, "-u"), ".mjs": ("node",), ".sh": ("sh",)}

Table = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A running campaign with a partner named Example, whose key lies in the folder."""

    stack: Stack
    services: Services
    folder: Path
    door: str = ""

    @property
    def address(self) -> str:
        """Where the partner finds the broker."""
        return self.door or f"nats://{self.stack.nats_url.split('@')[1]}"

    @property
    def campaign(self) -> str:
        """Where the campaign answers over HTTP."""
        return self.stack.urls["campaign"]

    def room(self, name: str) -> Path:
        """A fresh folder for one run, with the key in it."""
        place = self.folder / f"{name}-{new_id(now_in_utc())}"
        place.mkdir()
        (place / f"{PARTNER}.nk").symlink_to(self.folder / f"{PARTNER}.nk")
        return place

    def add_webhook(self, port: int) -> str:
        """A webhook of the partner; returns its secret."""
        wanted = {"partner": PARTNER, "url": f"http://127.0.0.1:{port}/"}
        return str(self.services.post("campaign", "/admin/api/webhooks", json=wanted)["secret"])


@asynccontextmanager
async def stage_on(stack: Stack, folder: Path, door: str = "") -> AsyncIterator[Stage]:
    """The partner is taken in, with an own key, and may read and send everything; it comes by the door."""
    seed, public = make_pair()
    keep_seed(folder / f"{PARTNER}.nk", seed)
    wanted = {"name": "Example", "reads": ["all"], "contributes": ["practice", "indicator"]}
    services = of_stack(stack, stack.home)
    with services.http:
        services.post("campaign", "/admin/api/partners", json={**wanted, "public_key": public})
        await until(lambda: services.get("campaign", f"/admin/api/partners/{PARTNER}")["in_effect"])
        yield Stage(stack, services, folder, door)
        services.post("campaign", f"/admin/api/partners/{PARTNER}/remove")


async def until(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something to become true.

    Raises:
        TimeoutError: it does not.
    """
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(LOOK_SECONDS)


def history(tag: str) -> list[Said]:
    """The recorded history of things with keys of their own, each with a field that nobody knows."""
    return [
        said.again(f"{said.key[:80]}-{tag}", said.revision, weather={"sky": "blue"}) for said in recorded()
    ]


async def tell(stack: Stack, told: Iterable[Said]) -> None:
    """Publish it out of order, and every third event twice."""
    mixed = list(told)
    random.Random(7).shuffle(mixed)  # noqa: S311
    client = await nats.connect(stack.nats_url)
    for said in [*mixed, *mixed[::3]]:
        fresh = {"Nats-Msg-Id": new_id(now_in_utc())}
        await client.jetstream().publish(said.subject, said.data, headers=said.headers() | fresh)
    await client.close()


def table_of(told: Iterable[Mapping[str, Any]]) -> Table:
    """What a table must hold after these CloudEvents: of each thing its highest revision, and whether it is gone."""
    table: Table = {}
    for event in told:
        thing = f"{event['type'].rpartition('_')[0]}/{event['subject']}"
        if event["revision"] > table.get(thing, {"revision": 0})["revision"]:
            gone = event["type"].split(".")[2].endswith(("_retracted", "_withdrawn"))
            table[thing] = {
                "revision": event["revision"],
                "gone": gone,
                "event": None if gone else event["data"],
            }
    return table


def expected(told: Iterable[Said]) -> Table:
    """The same of a history."""
    table = table_of(json.loads(said.structured()) for said in told)
    assert {thing_of(said) for said in told} == set(table)
    return table


def is_in(wanted: Table, text: str) -> bool:
    """Whether a table as a program wrote it holds all that is wanted."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    found = found.get("table", found)
    return all(
        thing in found and {name: found[thing][name] for name in one} == one for thing, one in wanted.items()
    )


def holds(place: Path, wanted: Table) -> Callable[[], bool]:
    """Whether the table in a file holds all that is wanted."""
    return lambda: place.exists() and is_in(wanted, place.read_text(encoding="utf-8"))


@asynccontextmanager
async def running(name: str, room: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """An example that runs, until the block ends."""
    path = FOLDER / name
    argv = (*INTERPRETERS[path.suffix], str(path), *words)
    process = await asyncio.create_subprocess_exec(*argv, cwd=room, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def ended(name: str, room: Path, *words: str) -> str:
    """What an example prints that ends by itself."""
    async with running(name, room, *words) as process, asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await process.communicate()
        assert process.returncode == 0, f"{name} ended with {process.returncode}"
        return out.decode()


async def kept(stage: Stage, told: Iterable[Said]) -> None:
    """Wait until the campaign has all of it in its history, without the words that were taken back."""
    async with httpx.AsyncClient(base_url=stage.campaign, trust_env=False) as http, asyncio.timeout(60):
        for said in told:
            while (await http.get(f"/api/events/{said.id}")).status_code not in (200, 410):
                await asyncio.sleep(LOOK_SECONDS)


async def read_over_nats(stage: Stage, name: str) -> None:
    """A reader's table ends right, and a second run goes on where the first one was."""
    room = stage.room("read")
    for tag in ("first", "second"):
        told = history(f"{tag}-{room.name[-8:]}")
        await tell(stage.stack, told)
        async with running(name, room, stage.address, f"{PARTNER}.nk"):
            await until(holds(room / "state.json", expected(told)))


async def receive(stage: Stage, name: str) -> None:
    """A receiver's table ends right, and what is not signed is refused."""
    room, port = stage.room("webhook"), free_port()
    told = history(room.name[-8:])
    async with running(name, room, str(port), stage.add_webhook(port)):
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = None
            async with asyncio.timeout(PATIENCE_SECONDS):
                while answer is None:
                    try:
                        answer = await http.post(f"http://127.0.0.1:{port}/", content=told[0].structured())
                    except httpx.HTTPError:
                        await asyncio.sleep(LOOK_SECONDS)
            assert answer.status_code == 401
        await tell(stage.stack, told)
        await until(holds(room / "state.json", expected(told)))


async def send(stage: Stage, name: str) -> None:
    """What is sent is kept, and waits for staff without any suspicion."""

    def waiting() -> int:
        listed = stage.services.get("campaign", "/admin/api/contributions", status="waiting")
        return sum(one["partner"] == PARTNER for one in listed)

    before = waiting()
    printed = await ended(name, stage.room("send"), stage.address, f"{PARTNER}.nk")
    assert '"stream":"PARTNER"' in printed, printed
    await until(lambda: waiting() > before)


async def read_pages(stage: Stage, name: str) -> None:
    """A table is made from pages, and a second run asks for what is new only."""
    room = stage.room("pages")
    for tag in ("first", "second"):
        told = history(f"{tag}-{room.name[-8:]}")
        await tell(stage.stack, told)
        await kept(stage, told)
        printed = await ended(name, room, stage.campaign)
        if name.endswith(".sh"):
            assert is_in(expected(told), json.dumps(table_of(_arrays(printed))))
        else:
            assert holds(room / "history.json", expected(told))()
    if name.endswith(".sh"):
        assert _arrays(await ended(name, room, stage.campaign)) == []


async def follow(stage: Stage, name: str) -> None:
    """The stream tells everything from the first event on."""
    told = history(new_id(now_in_utc())[-8:])
    await tell(stage.stack, told)
    found: list[dict[str, Any]] = []
    async with running(name, stage.room("stream"), stage.campaign) as process, asyncio.timeout(60):
        assert process.stdout is not None
        while not {said.id for said in told if said.type != TAKEN_BACK} <= {event["id"] for event in found}:
            line = await process.stdout.readline()
            if line.startswith(b"data: "):
                found.append(json.loads(line.removeprefix(b"data: ")))
    assert is_in(expected(told), json.dumps(table_of(found)))


async def fetch_days(stage: Stage, name: str) -> None:
    """The files of all days are the history; a second run fetches none of them again."""
    room, told = stage.room("export"), history(new_id(now_in_utc())[-8:])
    await tell(stage.stack, told)
    await kept(stage, told)
    first = await ended(name, room, stage.campaign)
    assert is_in(expected(told), json.dumps(table_of(map(json.loads, first.splitlines()))))
    times = {path.name: path.stat().st_mtime_ns for path in room.glob("*.ndjson")}
    assert await ended(name, room, stage.campaign) == first
    assert times == {path.name: path.stat().st_mtime_ns for path in room.glob("*.ndjson")}


def _arrays(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while text.strip():
        part, end = json.JSONDecoder().raw_decode(text.lstrip())
        found, text = found + part, text.lstrip()[end:]
    return found


EXAMPLES: dict[str, Callable[[Stage, str], Awaitable[None]]] = {
    "read.py": read_over_nats,
    "read.mjs": read_over_nats,
    "webhook.py": receive,
    "webhook.mjs": receive,
    "send.py": send,
    "send.mjs": send,
    "history.py": read_pages,
    "history.sh": read_pages,
    "stream.sh": follow,
    "export.sh": fetch_days,
}
