"""Everything that leaves the survey service: answers to every open address, messages, log lines, spans."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared import tracing
from shared.db import Database
from shared.observability import JsonLines
from tests.shared.given import relay_pass

LANGUAGES = ("fi", "en", "sv")
# Asked before all answers and after them, but not after every release.
STILL = ("/api/openapi.json", "/asyncapi", "/methods", "/withdraw", "/mark")
STREAMS = ("PUBLIC", "INTERNAL")
# What the parameters of open addresses are asked with; {release} stands for every release there is.
PATHS: dict[str, tuple[str, ...]] = {"code": ("r1",), "key": ("{release}",)}
QUERIES: dict[str, tuple[str, ...]] = {"by": ("", "zone", "kind"), "org": ("",)}
# What the test itself says, not the service.
_OURS = ("httpx", "httpcore", "hypothesis", "asyncio")


@dataclass(frozen=True)
class Heard:
    """Something that left. kind: `html`, `json`, `csv`, or `text` for what has no reader of its own."""

    where: str
    kind: str
    body: str
    headers: str = ""


class Lines(logging.Handler):
    """Keeps every line that the service would log, at the lowest level, and every span that it would send."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines("survey"))
        self.lines: list[Heard] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line as it would be written."""
        if not record.name.startswith(_OURS):
            self.lines.append(Heard(f"log of {record.name}", "text", self.format(record)))

    def span(self, ended: tracing.Span) -> None:
        """Keep what a collector of traces would be told; it may name findings, as their messages do."""
        told = f"{ended.name} {ended.attributes} {ended.error}"
        self.lines.append(Heard("span", "text", "", told))


@contextmanager
def listening() -> Iterator[Lines]:
    """Every log line and span while it lasts."""
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    tracing.export_to(lines.span)
    try:
        yield lines
    finally:
        tracing.export_to(None)
        root.removeHandler(lines)
        root.setLevel(level)


def open_addresses(app: Any, releases: Sequence[str]) -> list[str]:
    """Every address that anybody may read, with every parameter that matters."""
    found = [STILL[0]]
    for route in _routes(app.routes):
        if "GET" in (route.methods or ()) and not route.path.startswith("/admin"):
            found += _addresses(route, releases)
    return found


def _routes(routes: Sequence[Any]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif included := getattr(route, "original_router", None):
            yield from _routes(included.routes)


def _addresses(route: APIRoute, releases: Sequence[str]) -> Iterator[str]:
    needed = list(_dependants(route.dependant))
    in_path = list(dict.fromkeys(one.name for part in needed for one in part.path_params))
    asked = list(dict.fromkeys(one.name for part in needed for one in part.query_params))
    strange = (set(in_path) - set(PATHS)) | (set(asked) - set(QUERIES))
    assert not strange, f"{route.path} takes {strange}: tell tests/survey/leaving.py what to ask it with"
    choices = [_values(PATHS[name], releases) for name in in_path]
    queries = [QUERIES[name] for name in asked]
    for values in product(*choices, *queries):
        path = route.path.format(**dict(zip(in_path, values, strict=False)))
        query = "&".join(f"{n}={v}" for n, v in zip(asked, values[len(in_path) :], strict=True))
        yield f"{path}?{query}" if query else path


def _dependants(one: Dependant) -> Iterator[Dependant]:
    yield one
    for part in one.dependencies:
        yield from _dependants(part)


def _values(written: Sequence[str], releases: Sequence[str]) -> list[str]:
    return [one for value in written for one in (releases if value == "{release}" else [value])]


async def pages(site: httpx.AsyncClient, releases: Sequence[str], *, brief: bool = False) -> list[Heard]:
    """What the service answers to whoever asks; pages in every language.

    brief: in one language only, and without what speaks of no round.
    """
    heard = []
    for address in open_addresses(site._transport.app, releases):  # type: ignore[attr-defined]
        if brief and address in STILL:
            continue
        for language in LANGUAGES[:1] if brief else LANGUAGES:
            joined = f"{address}{'&' if '?' in address else '?'}lang={language}"
            answer = heard_from(joined, await site.get(joined))
            heard.append(answer)
            if answer.kind != "html":
                break
    return heard


def heard_from(where: str, answer: httpx.Response) -> Heard:
    """An answer over HTTP."""
    written = answer.headers.get("content-type", "text/plain").split(";")[0]
    kinds = {
        "text/html": "html",
        "application/json": "json",
        "application/problem+json": "json",
        "text/csv": "csv",
    }
    return Heard(where, kinds.get(written, "text"), answer.text, str(list(answer.headers.multi_items())))


async def messages(database: Database, client: Client) -> list[Heard]:
    """Every message in the streams, after the relay has published what waits, with its headers and subject."""
    while await relay_pass(database, client, "survey"):
        pass
    jetstream, heard = client.jetstream(), []
    for stream in STREAMS:
        state = (await jetstream.stream_info(stream)).state
        for sequence in range(state.first_seq, state.last_seq + 1):
            try:
                message = await jetstream.get_msg(stream, sequence)
            except NotFoundError:
                continue
            body, subject = (message.data or b"").decode(), message.subject or ""
            heard.append(Heard(subject, "json", body, f"{subject} {message.headers or {}}"))
    return heard
