"""The cells of a whole stack: the links of all four services to clients, database and broker."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.embedded.plan import SERVICES
from services.survey.receipts import PURPOSE
from services.survey.rounds import day_in_region
from shared import passed_over
from shared.db import Database, now_in_utc
from shared.settings import Settings
from tests.faults.cables import Cable
from tests.faults.checks import Expected, check
from tests.faults.knowing import known
from tests.faults.ledger import ANSWER_SECONDS, Ledger
from tests.faults.nursery import Nursery
from tests.faults.play import Play
from tests.faults.records import Records, read_records
from tests.faults.resting import Unsettled, rest
from tests.faults.stage import Stage, make_stage
from tests.network.cells import Cell, Result
from tests.network.effects import Effects, longest_gap
from tests.network.load import EACH, Load, opening
from tests.network.readiness import Listening, untrue

BEFORE_SECONDS, AFTER_SECONDS = 1.0, 1.5
RECOVERY_SECONDS = 20.0
# A client gives up at a door that does not answer; where the service answers that it cannot, it says so later.
PATIENCE = {"door": 4.0}
# Instead of a minute for a statement and half a minute for a body: so that faults last longer than these.
LIMITS = {"FAULTS_STATEMENT_SECONDS": "8", "FAULTS_BODY_SECONDS": "4"}

BLIND = "blind: nothing went over the link while it suffered"

Say = Callable[[str], None]


@dataclass
class Links:
    """A stack under load, and what is known of it; `within` are the seconds in which all must be caught up."""

    stage: Stage
    load: Load
    within: float
    seen: set[str] = field(default_factory=set)

    async def suffer(self, cell: Cell) -> Result:
        """One cell: the load goes on before, while and after the fault lasts; then everything is checked."""
        result = Result(cell.link, cell.how)
        accepted, tries = self._counts()
        listening, effects = self._listening(), self._effects()
        listening.begin()
        effects.begin()
        try:
            async with self.load.going_on():
                await asyncio.sleep(BEFORE_SECONDS)
                began, ended = await self._spoil(cell, result)
                result.recovery = await self._recovery(ended, (listening, effects), result)
                await asyncio.sleep(AFTER_SECONDS)
        finally:
            await listening.end()
            await effects.end()
        result.gap = longest_gap(effects.moments, began, ended + result.recovery)
        result.violations += untrue(listening.words, cell.truth, began, ended)
        await self._check(result)
        result.accepted, result.unanswered = (
            now - b for now, b in zip(self._counts(), (accepted, tries), strict=True)
        )
        return result

    async def _spoil(self, cell: Cell, result: Result) -> tuple[float, float]:
        """Let the cell's link of every service suffer; returns when that began and ended."""
        chosen = [one for name, one in self.stage.cables.items() if cell.of in ("", name)]
        cables = [cable for one in chosen for cable in one.links[cell.link]]
        self.load.ledger.client.timeout = httpx.Timeout(PATIENCE.get(cell.link, ANSWER_SECONDS))
        before, began = _suffered(cables), time.monotonic()
        with ExitStack() as spoilt:
            for cable in cables:
                spoilt.enter_context(cable.suffering(cell.fault))
            await asyncio.sleep(cell.seconds)
        result.suffered = _suffered(cables) - before
        result.violations += [] if result.suffered else [BLIND]
        return began, time.monotonic()

    async def _recovery(self, ended: float, watching: tuple[Listening, Effects], result: Result) -> float:
        """Wait until all that was asked before the end is known and has had its effects; returns the seconds."""
        listening, effects = watching
        waits_for = "requests"
        try:
            async with asyncio.timeout(self.within):
                while self.load.unsettled(ended):
                    await asyncio.sleep(0.05)
                waits_for = "readiness"
                await listening.until_ready(ended)
                waits_for = "effects of events"
                await effects.until_handled(await effects.due())
        except TimeoutError:
            result.violations.append(f"{self.within:.0f} s after the fault {waits_for} were still waited for")
        return time.monotonic() - ended

    async def _check(self, result: Result) -> None:
        """Let all come to rest, and hold it against what is known."""
        try:
            async with asyncio.timeout(self.within):
                while self.load.unsettled(time.monotonic()):
                    await asyncio.sleep(0.05)
                await rest(self.stage, self.within)
        except (TimeoutError, Unsettled) as trouble:
            result.violations.append(f"not at rest: {trouble or 'requests are not answered'}")
        urls = {name: self.stage.database_url(name) for name in SERVICES}
        records, expected = (
            await read_records(urls, self.stage.nats_url),
            known(self.load.ledger, self.load.play),
        )
        result.lost, result.doubled = lost(records, expected), doubled(records)
        found = [*check(records, expected), *looked_back_for(records)]
        fresh = [sentence for sentence in found if sentence not in self.seen]
        self.seen |= {*fresh}
        result.violations += fresh

    def _counts(self) -> tuple[int, int]:
        entries = self.load.ledger.entries.values()
        return len(self.load.ledger.accepted), sum(max(0, entry.tries - 1) for entry in entries)

    def _listening(self) -> Listening:
        urls = {name: self.stage.health(name).removesuffix("/health/ready") for name in self.stage.replicas}
        return Listening({name: httpx.AsyncClient(base_url=url) for name, url in urls.items()})

    def _effects(self) -> Effects:
        return Effects({name: Database(self.stage.database_url(name), connections=1) for name in SERVICES})


def lost(records: Records, expected: Expected) -> int:
    """How many accepted answers are not there, and how many events did not reach their stream or a handler."""
    answers = (expected.answers.accepted - expected.answers.erased) - {*records.receipts}
    inboxes = {effect for kept in records.kept.values() for effect in kept.inbox}
    told = [row for _, row in records.told if row["body"]]
    unpublished = [row for row in told if not records.streams.get(row["id"])]
    unhandled = [
        (durable.name, row["id"])
        for kept in records.kept.values()
        for durable in kept.handlers.durables()
        for row in told
        if row["type"] == durable.event.type_name() and (durable.name, row["id"]) not in inboxes
    ]
    return len(answers) + len(unpublished) + len(unhandled)


def looked_back_for(records: Records) -> Iterator[str]:
    """What was found by looking back: here no broker loses anything, so none of it may be passed over."""
    for kept in records.kept.values():
        for letter in kept.letters:
            if letter["reason"] == passed_over.REASON:
                yield f"{letter['handler']} acknowledged {letter['event_id']} before its commit, and was told again"


def doubled(records: Records) -> int:
    """How many answers and events are there once too often."""
    return sum(
        count - 1 for counts in (Counter(records.receipts), records.streams) for count in counts.values()
    )


@asynccontextmanager
async def links(folder: Path, seed: int, within: float = RECOVERY_SECONDS) -> AsyncIterator[Links]:
    """A stack that takes answers; `folder` is empty and is left so."""
    nursery = Nursery()
    try:
        stage = make_stage(folder / "network", nursery, seed=seed)
        stage.told = LIMITS
        try:
            await stage.open()
            key = Settings(home=stage.home.path).key_for(PURPOSE)
            play = Play(seed, EACH, key, day_in_region(now_in_utc()))
            ledger = Ledger({name: stage.doors(name) for name in SERVICES}, stage.token)
            await ledger.send(opening(play))
            load = Load(play, ledger)
            yield Links(stage, load, within)
            await load.end()
            await ledger.close()
        finally:
            await stage.close()
    finally:
        nursery.close()


async def suffer_all(cells: Sequence[Cell], here: Links, say: Say) -> list[Result]:
    """One cell after the other."""
    results = []
    for cell in cells:
        results.append(await here.suffer(cell))
        say(told(results[-1]))
    return results


def told(result: Result) -> str:
    """A cell in a line, with what did not hold below it."""
    figures = (
        f"{result.link}, {result.fault}: {result.accepted} accepted, {result.unanswered} unanswered, "
        f"gap {result.gap:.1f} s, recovery {result.recovery:.1f} s, {result.suffered:,} bytes suffered"
    )
    return "\n".join([figures, *(f"  VIOLATION {sentence}" for sentence in result.violations)])


def _suffered(cables: Sequence[Cable]) -> int:
    return sum(cable.suffered.total() for cable in cables)
