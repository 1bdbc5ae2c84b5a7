"""The check of a consumer: each rule is told, and then its table is looked at."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from deploy.sandbox import script
from deploy.sandbox.script import Rule, Table, Told
from deploy.sandbox.ways import NO_ANSWER, ByWebhook, Way
from shared.errors import Invalid

TABLE_SECONDS: Final = 3.0
"""How long after it took the last event a consumer may take to write its table."""
STEADY_LOOKS: Final = 3
LOOK_SECONDS: Final = 0.05
ENDED: Final = "your consumer has ended"


@dataclass(frozen=True)
class Found:
    """What came of a rule: `fault` says what is wrong, and is empty where it is kept."""

    rule: Rule
    fault: str

    @property
    def sentence(self) -> str:
        """What a person is told of it."""
        return self.rule.asks if not self.fault else f"{self.rule.asks} But {self.fault}. {self.rule.advice}"


@dataclass(frozen=True)
class Consumer:
    """Where a consumer's table is (a file or an http address), how it is told, and whether it still runs."""

    table: str
    way: Way
    runs: Callable[[], bool] = lambda: True
    seconds: float = 10.0

    async def read(self) -> Table:
        """The table; an empty one while there is none that can be read."""
        try:
            text = await self._text()
            read: Any = json.loads(text)
        except (OSError, ValueError, httpx.HTTPError):
            return {}
        return read if isinstance(read, dict) else {}

    async def _text(self) -> str:
        if not self.table.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self.table).read_text, encoding="utf-8")
        async with httpx.AsyncClient(trust_env=False, timeout=TABLE_SECONDS) as http:
            return (await http.get(self.table)).text


def chosen(names: Collection[str], by_webhook: bool) -> list[Rule]:
    """The rules of a run, those of these names or all that there are on this way.

    Raises:
        Invalid: there is no such rule.
    """
    known = [rule for rule in script.rules(secrets.token_hex(4)) if by_webhook or not rule.webhook_only]
    if not set(names) <= {rule.name for rule in known}:
        raise Invalid("no_such_rule", f"The rules are {', '.join(rule.name for rule in known)}.")
    return [rule for rule in known if not names or rule.name in names]


async def check(consumer: Consumer, names: Collection[str] = (), patience: float = 0) -> AsyncIterator[Found]:
    """Try the rules one after the other; the first may take longer by `patience` seconds.

    Raises:
        Invalid: there is no such rule.
    """
    for rule in chosen(names, isinstance(consumer.way, ByWebhook)):
        yield Found(rule, await _fault(consumer, rule, consumer.seconds + patience))
        patience = 0


async def _fault(consumer: Consumer, rule: Rule, seconds: float) -> str:
    deadline = time.monotonic() + seconds

    async def unread(_: Told) -> str:
        left = await consumer.way.left()
        return f"{left} of its events were not acknowledged within {consumer.seconds:g} s" if left else ""

    for told in rule.told:
        if wrong := await _insist(consumer, consumer.way.tell, told, deadline):
            return wrong
    return await _insist(consumer, unread, rule.told[-1], deadline) or await _steady_fault(consumer, rule)


async def _insist(
    consumer: Consumer, step: Callable[[Told], Awaitable[str]], told: Told, deadline: float
) -> str:
    """Take a step again until nothing is wrong with it, the time is over or the consumer has ended."""
    while wrong := await step(told):
        if not consumer.runs():
            return ENDED
        taken_by_mistake = not told.welcome and wrong != NO_ANSWER
        if taken_by_mistake or time.monotonic() > deadline:
            return wrong
        await asyncio.sleep(LOOK_SECONDS)
    return ""


async def _steady_fault(consumer: Consumer, rule: Rule) -> str:
    """What is wrong with the table once it is good for a moment, or does not become good."""
    deadline, good = time.monotonic() + TABLE_SECONDS, 0
    while True:
        wrong = script.fault(rule, await consumer.read())
        good = 0 if wrong else good + 1
        if good >= STEADY_LOOKS:
            return ""
        if wrong and time.monotonic() > deadline:
            return wrong if consumer.runs() else ENDED
        await asyncio.sleep(LOOK_SECONDS)
