"""What services say of themselves while a link suffers, and whether it was true."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from tests.network.cells import READY, SILENT, Truth

PACE_SECONDS = 0.4
# It asks database and broker, and waits two seconds for either.
ANSWER_SECONDS = 8.0
# What is asked in the first moment may have been on its way.
GRACE_SECONDS = 0.5


@dataclass(frozen=True)
class Word:
    """What a service said of itself: when it was asked and when it answered (monotonic seconds)."""

    service: str
    asked: float
    answered: float
    said: str


@dataclass
class Listening:
    """Asks every service again and again; `ways` lead to their readiness past all cables."""

    ways: Mapping[str, httpx.AsyncClient]
    words: list[Word] = field(default_factory=list)
    _asking: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        """Begin to ask."""
        self._asking = [asyncio.create_task(self._listen(name)) for name in self.ways]

    async def end(self) -> None:
        """Ask no more."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        for way in self.ways.values():
            await way.aclose()

    async def until_ready(self, since: float) -> None:
        """Wait until every service has said that it is ready, and was asked after that moment."""
        while {*self.ways} - {w.service for w in self.words if w.asked >= since and w.said == READY}:
            await asyncio.sleep(0.05)

    async def _listen(self, name: str) -> None:
        while True:
            asked = time.monotonic()
            said = await _say(self.ways[name])
            self.words.append(Word(name, asked, time.monotonic(), said))
            await asyncio.sleep(PACE_SECONDS)


def untrue(words: Sequence[Word], truth: Truth, began: float, ended: float) -> Iterator[str]:
    """What of that which was said while a fault lasted was not true, each once, and what was not said."""
    during = [w for w in words if w.asked >= began + GRACE_SECONDS and w.answered <= ended]
    for service, said in sorted({(w.service, w.said) for w in during if w.said not in truth.may}):
        first = min(w.asked for w in during if (w.service, w.said) == (service, said)) - began
        yield f"{service} said “{said}” {first:.1f} s after the fault began, where {_listed(truth)} was true"
    for service in sorted({w.service for w in words}):
        if truth.must and truth.must not in {w.said for w in during if w.service == service}:
            yield f"{service} never said “{truth.must}” while the fault lasted"
    for service in sorted({w.service for w in words if w.said == SILENT and w.asked < ended < w.answered}):
        yield f"{service} did not say within {ANSWER_SECONDS:.0f} s whether it is ready"


async def _say(way: httpx.AsyncClient) -> str:
    with suppress(httpx.HTTPError, ValueError):
        answer = await way.get("/health/ready", timeout=ANSWER_SECONDS)
        said = str(answer.json()["status"])
        if (answer.status_code == 200) == (said != "not ready"):
            return said
    return SILENT


def _listed(truth: Truth) -> str:
    return " or ".join(f"“{one}”" for one in sorted(truth.may))
