"""Spans of work, and the W3C `traceparent` that ties them together across services."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["internal", "server", "producer", "consumer"]

MOST_LINKS = 128  # OpenTelemetry keeps no more of a span
# A trace lasts hours at most; clocks of two machines differ by less.
OLDEST_SECONDS = 2 * 86_400.0
AHEAD_SECONDS = 60.0

# Versions to come may only add to the end of what version 00 has.
_TRACEPARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_TRACE_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which trace something happens: the 32 hex digits of the trace, the 16 of the span."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """The same as a header (W3C Trace Context, version 00)."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


@dataclass(slots=True)
class Span:
    """A piece of work.

    Its name and attributes never hold what a person wrote, nor an address with a key in it. Where `kept` is
    set to False it leaves no mark.
    """

    name: str
    kind: Kind
    place: Place
    parent: Place | None
    links: Sequence[Place]
    started_ns: int
    attributes: dict[str, str | int] = field(default_factory=dict)
    error: str = ""
    kept: bool = True


Export = Callable[[Span], None]


@dataclass
class _Exporting:
    export: Export | None = None
    share: float = 1.0


_exporting = _Exporting()
_current: ContextVar[Span | None] = ContextVar("span", default=None)


def export_to(export: Export | None, share: float = 1.0) -> None:
    """From now on give every span that ends to `export`, of that share of the traces that begin here."""
    _exporting.export, _exporting.share = export, share


def parse(traceparent: str | None) -> Place | None:
    """The place that a header names; None where it is missing or not valid."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None or (found["version"] == "00" and found["more"]):
        return None
    return Place(found["trace"], found["span"], sampled=bool(int(found["flags"], 16) & 1))


def current() -> Span | None:
    """The span that is going on."""
    return _current.get()


@contextmanager
def span(
    name: str, kind: Kind = "internal", *, parent: str | None = None, after: Iterable[str | None] = ()
) -> Iterator[Span]:
    """What is done within is a span: below the traceparent `parent`, else below the span that is going on.

    `after` are the traceparents of what it follows: without a parent the only one becomes it, else they are
    its links. A span that fails tells the type of the exception and nothing of its text.
    """
    made = _begin(name, kind, parse(parent), after)
    token = _current.set(made)
    try:
        yield made
    except BaseException as error:
        made.error = made.error or type(error).__name__
        raise
    finally:
        _current.reset(token)
        if _exporting.export and made.place.sampled and made.kept:
            _exporting.export(made)


def new_trace_id(milliseconds: int) -> str:
    """A trace id that tells when it was made: 48 bits of milliseconds since 1970, then 80 random bits."""
    return f"{milliseconds:012x}{secrets.token_hex(10)}"


def began(trace_id: str, now: float) -> float | None:
    """When a trace of ours began, in seconds since 1970; None where the id tells of no likely time.

    Others draw their ids at random: hardly one in a million of those falls into the last `OLDEST_SECONDS`.
    """
    if _TRACE_ID.fullmatch(trace_id) is None:
        return None
    seconds = int(trace_id[:12], 16) / 1000
    return seconds if now - OLDEST_SECONDS < seconds <= now + AHEAD_SECONDS else None


def _begin(name: str, kind: Kind, parent: Place | None, after: Iterable[str | None]) -> Span:
    # What is followed is only told, never passed on: without anybody to tell, it costs nothing.
    followed = [place for header in after if (place := parse(header))] if _exporting.export else []
    if parent is None and len(followed) == 1:
        parent = followed.pop()
    going_on = _current.get()
    if parent is None and going_on is not None:
        parent = going_on.place
    links = [place for place in followed if place.sampled][-MOST_LINKS:]
    return Span(name, kind, _place(parent, followed), parent, links, time.time_ns())


def _place(parent: Place | None, followed: Sequence[Place]) -> Place:
    """A new place: below its parent, else in a trace of its own, exported with any that it follows."""
    span_id = secrets.token_hex(8)
    if parent is not None:
        return Place(parent.trace_id, span_id, parent.sampled)
    trace_id = new_trace_id(time.time_ns() // 1_000_000)
    if followed:
        return Place(trace_id, span_id, any(place.sampled for place in followed))
    return Place(trace_id, span_id, _exporting.export is not None and _falls_into(trace_id, _exporting.share))


def _falls_into(trace_id: str, share: float) -> bool:
    """The same for everybody who draws by the trace's last 64 bits, as OpenTelemetry does."""
    return int(trace_id[16:], 16) < share * 2**64
