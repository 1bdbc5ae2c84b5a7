"""A name server that hangs keeps only those waiting who named it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

import pytest

from shared.outward import Asker, lookups
from shared.outward.lookups import Lookups


class Names:
    """A resolver that answers at once, and of names that begin with `hang` not before it is let go."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.running: Counter[str] = Counter()
        self.let_go = threading.Event()

    def __call__(self, host: str, *_: object, **__: object) -> list[object]:
        self.asked[host.rstrip(".")] += 1
        if host.startswith("hang"):
            self.running["now"] += 1
            self.let_go.wait(30)
        return [(0, 0, 0, "", ("127.0.0.1", 0))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()
    monkeypatch.setattr(lookups, "getaddrinfo", made)
    return made


def ask(found: Lookups, count: int, asker: Asker) -> list[asyncio.Task[list[str]]]:
    """Ask for so many names that hang."""
    return [asyncio.create_task(found.find(f"hang{n}.{asker.name}.example", asker)) for n in range(count)]


async def until_running(names: Names, count: int) -> None:
    """Wait until so many lookups hang."""
    until = time.monotonic() + 10
    while names.running["now"] < count:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


async def stop(asked: list[asyncio.Task[list[str]]]) -> None:
    """Give up waiting, as whoever posts does after its time."""
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


async def end(names: Names, found: Lookups) -> None:
    """Let all that hang go, and what comes after them."""
    names.let_go.set()
    await asyncio.gather(*found._running.values())


async def test_posts_that_begin_together_look_a_name_up_once(names: Names) -> None:
    found, kemi = Lookups(), Asker("kemi")
    came = await asyncio.gather(*(found.find("hook.example", kemi) for _ in range(4)))
    assert came == [["127.0.0.1"]] * 4
    assert names.asked == {"hook.example": 1}
    await found.find("hook.example", kemi)
    assert names.asked == {"hook.example": 2}


async def test_names_of_one_partner_that_hang_hold_up_no_other(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "THREADS", lookups.AT_ONCE_FOR_ONE + 1)
    found = Lookups()
    asked = ask(found, 20, Asker("kemi"))
    await until_running(names, lookups.AT_ONCE_FOR_ONE)
    async with asyncio.timeout(10):
        assert await found.find("well.example", Asker("oulu")) == ["127.0.0.1"]
    await stop(asked)
    await end(names, found)


async def test_a_lookup_that_nobody_waits_for_any_more_is_not_begun_again(names: Names) -> None:
    found, kemi = Lookups(), Asker("kemi")
    for _ in range(3):
        asked = ask(found, 1, kemi)
        await until_running(names, 1)
        await stop(asked)
    assert names.running["now"] == 1
    await end(names, found)


async def test_names_that_hang_for_those_that_ail_hold_up_none_that_is_well(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "THREADS", 1)
    monkeypatch.setattr(lookups, "THREADS_AILING", 2)
    found = Lookups()
    asked = ask(found, 2, Asker("kemi", ailing=True)) + ask(found, 2, Asker("oulu", ailing=True))
    await until_running(names, 2)
    async with asyncio.timeout(10):
        assert await found.find("well.example", Asker("kemi")) == ["127.0.0.1"]
    await stop(asked)
    await end(names, found)
