"""What whoever asked was told of everything that was asked: taken, refused, or nothing yet."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

State = Literal["unknown", "accepted", "refused"]
PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
ANSWER_SECONDS = 20.0
_SLUG = re.compile(r"/problems/([a-z_]+)")


@dataclass(frozen=True)
class Order:
    """One thing that is asked of a service.

    `key` names it in every run of the same seed. Sent again it must change nothing: `done` are the refusals that
    say that it was done before.
    """

    key: str
    service: str
    path: str
    method: str = "POST"
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    # Who asks may not care whether it was done by this order or by the service itself.
    by_anybody: bool = False
    # What then stands once in the service's audit trail: action and subject.
    act: tuple[str, str] | None = None


@dataclass
class Entry:
    """What became of one order: `tries` counts those of which nothing was heard as well."""

    order: Order
    state: State = "unknown"
    tries: int = 0
    status: int = 0
    slug: str = ""
    answer: Any = None


class Ledger:
    """Sends orders until the answer to each is known, and remembers it.

    `doors` are the replicas of each service: requests go to each in turn, so that one that is sent again mostly
    goes to another. A ledger that follows another, `before` it, asks only what was accepted there.
    """

    def __init__(self, doors: Mapping[str, Sequence[str]], token: str, before: Ledger | None = None) -> None:
        self.doors = doors
        self.before = before
        self.entries: dict[str, Entry] = {}
        self._asked = 0
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        headers = {"Accept": "application/json"}
        self.client = httpx.AsyncClient(headers=headers, timeout=ANSWER_SECONDS, limits=limits)
        self.staff = {"Authorization": f"Bearer {token}"}

    async def close(self) -> None:
        """Hang up."""
        await self.client.aclose()

    @property
    def accepted(self) -> list[Entry]:
        """What was answered with yes, in the order in which it was asked."""
        return [entry for entry in self.entries.values() if entry.state == "accepted"]

    def state(self, key: str) -> State:
        """What is known of an order."""
        return self.entries[key].state if key in self.entries else "unknown"

    def may_ask(self, order: Order) -> bool:
        """Whether an order is to be sent."""
        return self.before is None or self.before.state(order.key) == "accepted"

    async def send(self, order: Order) -> Entry:
        """Send an order until it is answered: whatever is lost on the way is sent again as it was."""
        entry = self.entries.setdefault(order.key, Entry(order))
        while entry.state == "unknown":
            entry.tries += 1
            answer = await self._ask(order)
            if answer is not None and not _is_lost(answer):
                _settle(entry, answer)
                return entry
            pause = min(LONGEST_PAUSE_SECONDS, PAUSE_SECONDS * entry.tries)
            await asyncio.sleep(pause)
        return entry

    async def look(self, service: str, path: str) -> Any:
        """What a service answers to a question, asked until it answers."""
        while True:
            answer = await self._ask(Order("", service, path, "GET"))
            if answer is not None and answer.is_success:
                return answer.json()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self, order: Order) -> httpx.Response | None:
        headers = {**order.headers, **(self.staff if "/admin/" in order.path else {})}
        doors = self.doors[order.service]
        self._asked += 1
        url = doors[self._asked % len(doors)] + order.path
        try:
            return await self.client.request(order.method, url, headers=headers, **order.body)
        except httpx.HTTPError:
            return None


def _is_lost(answer: httpx.Response) -> bool:
    """Whether an answer only says that the service could not do it now: it may have been done."""
    return answer.status_code >= 500 or answer.status_code in (401, 429)


def _settle(entry: Entry, answer: httpx.Response) -> None:
    entry.status = answer.status_code
    is_json = "json" in answer.headers.get("content-type", "")
    entry.answer = answer.json() if is_json and answer.content else None
    if answer.is_success:
        entry.state = "accepted"
        return
    found = _SLUG.search(str((entry.answer or {}).get("type", "")))
    entry.slug = found.group(1) if found else ""
    done = entry.slug in entry.order.done and (entry.tries > 1 or entry.order.by_anybody)
    entry.state = "accepted" if done else "refused"
