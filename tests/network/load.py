"""What is asked of the four services at a steady pace: answers, stories that are told and published, practices."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import yaml

from tests.faults.ledger import Ledger, Order
from tests.faults.orders import TOPICS, desk, story
from tests.faults.play import LIVE, Play

TICK_SECONDS = 0.15
# Of so many ticks one tells a story and publishes it, one adds a practice, all others answer.
ROUND = 8
STORY, PRACTICE = 2, 5
EACH = 200


def opening(play: Play) -> Order:
    """A round that takes answers."""
    live = dict(play.document["round"]) | {"round": LIVE, "questionnaire": "faults", "tables": [[]]}
    live |= {"opens_on": play.today, "closes_on": play.today + timedelta(days=60)}
    asked = dict(play.document["questionnaire"]) | {"code": "faults"}
    content = yaml.safe_dump({"round": live, "questionnaire": asked}, allow_unicode=True).encode()
    done = frozenset({"round_exists"})
    return Order("round", "survey", "/admin/api/rounds", body={"content": content}, done=done)


def practice(number: int) -> Order:
    """A practice that an editor adds to the library."""
    words = {"fi": f"Synteettinen käytäntö {number}", "en": f"Synthetic practice {number}"}
    wording = {
        "title": words,
        "summary": words,
        "first_steps": [words],
        "topics": [TOPICS[number % len(TOPICS)]],
        "effort": "low",
    }
    key = f"synthetic-practice-{number}"
    done, act = frozenset({"practice_exists"}), ("practice_added", key)
    path = "/admin/api/practices"
    return Order(f"add {key}", "coaching", path, body={"json": wording}, done=done, act=act)


@dataclass
class Load:
    """Asks without waiting for what was asked before; `since` has each order's first moment (monotonic seconds)."""

    play: Play
    ledger: Ledger
    since: dict[str, float] = field(default_factory=dict)
    _number: int = 0
    _chapter: int = 0
    _asked: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Ask all the while."""
        self._chapter += 1
        answers = self.play.answers(self._chapter)
        random.Random(f"{self.play.seed} {self._chapter}").shuffle(answers)  # noqa: S311
        asking = asyncio.create_task(self._ask(answers))
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    def unsettled(self, before: float) -> list[str]:
        """What was asked before that moment and is not known yet."""
        return [key for key, at in self.since.items() if at < before and self.ledger.state(key) == "unknown"]

    async def end(self) -> None:
        """Give up what is not settled."""
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _ask(self, answers: list[Order]) -> None:
        while answers:
            self._number += 1
            task = asyncio.create_task(self._send(self._next(answers)))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)
            await asyncio.sleep(TICK_SECONDS)

    def _next(self, answers: list[Order]) -> Sequence[Order]:
        number = self._number
        if number % ROUND == STORY:
            key = f"{number:032x}"
            return story(self.play.seed, number), desk("stories", key, "publish", "story_decided")
        if number % ROUND == PRACTICE:
            return (practice(number),)
        return (answers.pop(),)

    async def _send(self, orders: Sequence[Order]) -> None:
        for order in orders:
            self.since[order.key] = time.monotonic()
            await self.ledger.send(order)
