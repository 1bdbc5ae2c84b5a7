"""One run of one seed: a stack is asked under torment, checked, and compared with one that nobody torments."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from services.survey.receipts import PURPOSE
from services.survey.rounds import day_in_region
from shared.db import now_in_utc
from shared.settings import Settings
from tests.faults import curing, likeness
from tests.faults.actor import LOOK_BACK_SECONDS
from tests.faults.chapters import WHOLE, Chapter
from tests.faults.checks import check
from tests.faults.knowing import known
from tests.faults.ledger import Ledger, Order
from tests.faults.nursery import Nursery
from tests.faults.play import WRONG, Play
from tests.faults.poison import Dose, Poisoner
from tests.faults.records import Records, read_records
from tests.faults.resting import Unsettled, rest
from tests.faults.stage import Stage, make_stage
from tests.faults.surroundings import CALM, Surroundings
from tests.faults.torment import Torment

AT_ONCE = 12
LIKE_SECONDS = 75.0
SERVICES = ("survey", "coaching", "model", "campaign")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Scale:
    """How much in a chapter: answers, seconds between torments, how long these last at least, how many at most."""

    each: int = 40
    pace: float = 0.35
    least_seconds: float = 2.0
    acts: int = 30
    chapters: Sequence[Chapter] = WHOLE
    surroundings: Surroundings = CALM


@dataclass
class Report:
    """What one run came to; `lost` counts the requests of which nothing was heard and that were sent again."""

    seed: int
    surroundings: str = ""
    kills: int = 0
    cuts: int = 0
    spoilt: int = 0
    clocks: int = 0
    fills: int = 0
    pauses: int = 0
    poison: int = 0
    accepted: int = 0
    refused: int = 0
    lost: int = 0
    events: int = 0
    passed_over: int = 0
    points: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_line(self) -> dict[str, int | float | str]:
        """The same with the violations and the deaths at crash points counted."""
        counted = {"violations": len(self.violations), "points": sum(self.points.values())}
        return {**asdict(self), **counted}


async def run(seed: int, folder: Path, scale: Scale, say: Say = lambda _: None) -> Report:
    """Run one seed; `folder` is empty and is left so."""
    began = time.monotonic()
    nursery = Nursery()
    report = Report(seed, str(scale.surroundings))
    try:
        await _run(folder, scale, nursery, _Show(scale, report, say))
    except Unsettled as unsettled:
        report.violations.append(str(unsettled))
    finally:
        nursery.close()
    report.seconds = round(time.monotonic() - began, 1)
    return report


async def _run(folder: Path, scale: Scale, nursery: Nursery, show: _Show) -> None:
    tormented = make_stage(folder / "tormented", nursery, scale.surroundings, seed=show.report.seed)
    try:
        await tormented.open()
        tormented.sicken()
        show.say(f"the stack is up: {scale.surroundings}")
        await show.torment(tormented)
        await show.examine()
        calm = make_stage(folder / "calm", nursery, secret=show.secret)
        calm.direct = True
        try:
            await calm.open()
            await show.compare(calm)
        finally:
            await calm.close()
    finally:
        await tormented.close()


class _Show:
    """The run while it goes on."""

    stage: Stage
    play: Play
    ledger: Ledger
    secret: str

    def __init__(self, scale: Scale, report: Report, say: Say) -> None:
        self.scale = scale
        self.report = report
        self.chance = random.Random(report.seed)  # noqa: S311
        self.doses: list[Dose] = []
        self._say = say
        self.began = time.monotonic()

    def say(self, sentence: str) -> None:
        """Tell whoever looks on."""
        self._say(f"{time.monotonic() - self.began:6.1f} s, seed {self.report.seed}: {sentence}")

    async def torment(self, stage: Stage) -> None:
        """Ask, chapter by chapter, while the stack is tormented; between chapters it may come to rest."""
        self.stage, self.secret = stage, stage.home.secret_file.read_text(encoding="utf-8")
        key = Settings(home=stage.home.path).key_for(PURPOSE)
        self.play = Play(self.report.seed, self.scale.each, key, day_in_region(now_in_utc()))
        self.ledger = _ledger(stage)
        poisoner = Poisoner(self.stage.nats_url, self.chance)
        torment = Torment(self.stage, poisoner, self.chance, self.scale.pace)
        for chapter in self.scale.chapters:
            orders = await chapter(self.play, self.ledger)
            self.chance.shuffle(orders)
            await self._ask_tormented(orders, torment)
            await poisoner.finish()
            await rest(self.stage)
            self.say(f"{chapter.__name__}: {len(orders)} orders, {torment.kills} kills, {torment.cuts} cuts")
        while len(poisoner.doses) < 4:
            await poisoner.drop()
        await rest(self.stage)
        await asyncio.sleep(2 * LOOK_BACK_SECONDS)  # each service has looked back once more
        await rest(self.stage)
        await poisoner.close()
        self.doses = poisoner.doses
        self._count(torment)

    async def _ask_tormented(self, orders: Sequence[Order], torment: Torment) -> None:
        tormenting = asyncio.create_task(torment.run(self.scale.acts))
        least = asyncio.create_task(asyncio.sleep(self.scale.least_seconds))
        try:
            await self._ask(orders)
            await least
        finally:
            tormenting.cancel()
            await asyncio.gather(tormenting, least, return_exceptions=True)
        if tormenting.done() and not tormenting.cancelled():
            tormenting.result()

    async def _ask(self, orders: Sequence[Order]) -> None:
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(order: Order) -> None:
            async with places:
                await self.ledger.send(order)

        await asyncio.gather(*(ask(order) for order in orders))

    def _count(self, torment: Torment) -> None:
        entries = self.ledger.entries.values()
        self.report.kills, self.report.cuts = torment.kills, torment.cuts
        self.report.spoilt, self.report.clocks = torment.spoilt, torment.done["turn clock"]
        self.report.fills = torment.fills
        self.report.pauses = sum(n for name, n in torment.done.items() if name.startswith("pause"))
        self.report.poison = len(self.doses)
        self.report.points = dict(torment.points())
        self.report.accepted = sum(entry.state == "accepted" for entry in entries)
        self.report.refused = sum(entry.state == "refused" for entry in entries)
        self.report.lost = sum(entry.tries - 1 for entry in entries)

    async def examine(self) -> None:
        """Check what is there, have the dead letters dealt with as operators do, and check again."""
        found = await self._check(cured=False)
        self.report.events = sum(len(kept.outbox) for kept in found.kept.values())
        self.report.passed_over = found.passed_over
        self.stage.heal()
        self.report.violations += await curing.cure(self.ledger)
        await rest(self.stage)
        await self._check(cured=True)
        refused = [one for one in self.ledger.entries.values() if one.state == "refused"]
        self.report.violations += [
            f"{one.order.key} was refused: {one.slug}"
            for one in refused
            if not one.order.key.startswith(WRONG)
        ]
        self.say(f"checked, {len(self.report.violations)} violations")

    async def _check(self, *, cured: bool) -> Records:
        records = await read_records(_urls(self.stage), self.stage.nats_url)
        expected = replace(known(self.ledger, self.play), doses=self.doses, cured=cured)
        self.report.violations += [
            one for one in check(records, expected) if one not in self.report.violations
        ]
        return records

    async def compare(self, calm: Stage) -> None:
        """Ask a second stack the same, one after the other and undisturbed; both must have ended alike."""
        ledger, poisoner = _ledger(calm, self.ledger), Poisoner(calm.nats_url, self.chance)
        for chapter in self.scale.chapters:
            for order in await chapter(self.play, ledger):
                if ledger.may_ask(order):
                    entry = await ledger.send(order)
                    if entry.state != "accepted":
                        self.report.violations.append(
                            f"{order.key} was accepted only under torment: {entry.slug}"
                        )
            await rest(calm)
            self.say(f"{chapter.__name__} was asked undisturbed")
        for dose in self.doses:
            if dose.curable:
                await poisoner.give(dose)
        await rest(calm)
        await poisoner.close()
        asked = {entry.order.key for entry in self.ledger.accepted if not curing.is_cure(entry.order)}
        missing = asked - ledger.entries.keys()
        self.report.violations += [f"{key} could be asked only under torment" for key in sorted(missing)]
        self.report.violations += await self._unlike(calm)
        await ledger.close()
        await self.ledger.close()

    async def _unlike(self, calm: Stage) -> list[str]:
        """The differences that stay: what a timer does it may do a minute later."""
        deadline = time.monotonic() + LIKE_SECONDS
        while True:
            pair = await likeness.likeness(calm), await likeness.likeness(self.stage)
            found = list(likeness.unlike(*pair))
            if not found or time.monotonic() > deadline:
                return found
            await asyncio.sleep(2)


def _ledger(stage: Stage, before: Ledger | None = None) -> Ledger:
    return Ledger({name: stage.doors(name) for name in SERVICES}, stage.token, before)


def _urls(stage: Stage) -> dict[str, str]:
    return {name: stage.database_url(name) for name in SERVICES}
