"""A load process: sends the demonstration's answers over HTTP on keep-alive connections, each under its own key."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

from deploy.demo.generator import demo_answers

CONNECTIONS = 32
BACKGROUND = ("municipality", "industry", "size")
MULTI = ("barriers", "practices_agreed", "practices_together", "practices_places", "practices_people")
OPEN = ("worked", "learned")
ALONE = ("organisation", "language")
SECONDS = 120.0


def bodies() -> list[bytes]:
    """Each of the generator's answers as a program sends it."""
    text = demo_answers().decode("utf-8-sig")
    return [json.dumps(body(row)).encode() for row in csv.DictReader(io.StringIO(text), delimiter=";")]


def body(row: Mapping[str, str]) -> dict[str, Any]:
    """One row of the generator's file as the JSON API takes it."""
    given = {name: cell for name, cell in row.items() if cell}
    closed = given.keys() - {*BACKGROUND, *OPEN, *ALONE}
    return {
        "background": {name: given[name] for name in BACKGROUND},
        "values": {name: _value(name, given[name]) for name in closed},
        "open": {name: given[name] for name in OPEN if name in given},
        **{name: given[name] for name in ALONE},
    }


def _value(name: str, cell: str) -> int | list[str]:
    return int(cell) if name not in MULTI else [code for code in cell.split(",") if code != "-"]


async def send(url: str, answers: Iterator[bytes]) -> None:
    """Send what is left of the answers, one after the other, on one connection.

    Raises:
        RuntimeError: an answer was not accepted.
    """
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    for answer in answers:
        writer.write(
            f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
            + answer
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
        said = await reader.readexactly(int(length))
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(f"an answer was not accepted: {head[:40]!r} {said[:400]!r}")
    writer.close()


async def main(url: str, count: int) -> None:
    """Send `count` answers and print how many seconds that took."""
    answers = islice(cycle(bodies()), count)
    started = time.perf_counter()
    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(send(url, answers) for _ in range(CONNECTIONS)))
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
