"""The ledger: whatever is lost on the way is sent again, and what came of it is not guessed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.faults.ledger import Ledger, Order

DONE = frozenset({"done_before"})
Said = tuple[int, dict[str, str]]


class Door:
    """Answers requests one after the other as it was told; None hangs up without an answer."""

    def __init__(self) -> None:
        self.says: list[Said | None] = []
        self.heard = 0
        self.server: asyncio.Server

    async def open(self) -> str:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.heard += 1
        said = self.says.pop(0)
        if said is not None:
            status, body = said[0], json.dumps(said[1]).encode()
            head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\n"
            writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
        writer.close()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    made = Door()
    yield made
    made.server.close()


async def told(door: Door, order: Order, *says: Said | None) -> str:
    door.says = list(says)
    ledger = Ledger({"survey": [await door.open()]}, "token")
    entry = await ledger.send(order)
    await ledger.close()
    assert door.heard == len(says) == entry.tries
    return entry.state


def refusal(slug: str) -> Said:
    return 409, {"type": f"/problems/{slug}"}


async def test_what_is_answered_is_asked_once(door: Door) -> None:
    assert await told(door, Order("a", "survey", "/x"), (201, {})) == "accepted"


async def test_what_is_refused_is_asked_once(door: Door) -> None:
    assert await told(door, Order("a", "survey", "/x", done=DONE), refusal("closed")) == "refused"


async def test_what_got_no_answer_or_a_failure_is_asked_again(door: Door) -> None:
    said: tuple[Said | None, ...] = (None, (503, {}), (500, {}), None, (200, {}))
    assert await told(door, Order("a", "survey", "/x"), *said) == "accepted"


async def test_a_refusal_that_says_done_before_counts_after_an_answer_was_lost(door: Door) -> None:
    assert await told(door, Order("a", "survey", "/x", done=DONE), None, refusal("done_before")) == "accepted"


async def test_it_does_not_count_where_nothing_was_lost(door: Door) -> None:
    assert await told(door, Order("a", "survey", "/x", done=DONE), refusal("done_before")) == "refused"


async def test_it_does_where_anybody_may_have_done_it(door: Door) -> None:
    order = Order("a", "survey", "/x", done=DONE, by_anybody=True)
    assert await told(door, order, refusal("done_before")) == "accepted"


async def test_one_that_follows_asks_what_was_accepted_before(door: Door) -> None:
    door.says = [(200, {}), refusal("closed")]
    first = Ledger({"survey": [await door.open()]}, "token")
    orders = [Order(key, "survey", "/x") for key in "ab"]
    for order in orders:
        await first.send(order)
    await first.close()
    follower = Ledger({}, "token", first)
    assert [follower.may_ask(order) for order in orders] == [True, False]
    await follower.close()
