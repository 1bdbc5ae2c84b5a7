"""Logs as JSON lines and the metrics that every service has."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime

from prometheus_client import Counter, Gauge, Histogram

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

HTTP_SECONDS = Histogram(
    "latu_http_request_seconds",
    "Time to answer a request, by route template.",
    ["method", "route", "status"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
EVENTS_HANDLED = Counter(
    "latu_events_handled_total", "Events handled, by handler and result.", ["handler", "result"]
)
EVENT_DELAY_SECONDS = Histogram(
    "latu_event_delay_seconds",
    "From the publisher's transaction to the consumer's commit.",
    ["handler"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 300),
)
DEAD_LETTERS = Counter("latu_dead_letters_total", "Messages put aside as dead letters.", ["handler"])
PASSED_OVER = Counter(
    "latu_events_passed_over_total",
    "Events that the broker had passed over, and that were found.",
    ["handler"],
)
OUTBOX_WAITING = Gauge("latu_outbox_waiting", "Events committed and not yet published.")
OUTBOX_PUBLISHED = Counter("latu_outbox_published_total", "Events published.")
OUTBOX_OLDEST = Gauge("latu_outbox_oldest_seconds", "Since when the oldest unpublished event waits.")
RELAY_TRIES = Counter("latu_relay_tries_total", "Tries of the relay to publish a batch.", ["result"])
EVENTS_WAITING = Gauge(
    "latu_events_waiting", "Events in a stream that a handler has not handled yet.", ["handler"]
)
EVENTS_UNACKNOWLEDGED = Gauge(
    "latu_events_unacknowledged", "Events that a handler was given and did not settle yet.", ["handler"]
)
EVENTS_REDELIVERED = Gauge(
    "latu_events_redelivered", "Unsettled events that were delivered more than once.", ["handler"]
)
HANDLER_SECONDS = Histogram(
    "latu_handler_seconds",
    "Time of a batch of events from its transaction's beginning to its commit or failure.",
    ["handler"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
POOL_TAKEN = Gauge("latu_pool_taken", "Connections to a database that are in use.", ["pool"])
POOL_SIZE = Gauge("latu_pool_size", "Connections to a database that may be in use at once.", ["pool"])
POOL_WAIT_SECONDS = Histogram(
    "latu_pool_wait_seconds",
    "Time until a transaction has its connection.",
    ["pool"],
    buckets=(0.001, 0.005, 0.025, 0.1, 0.25, 1, 2.5, 5),
)
TIMER_RUNS = Counter("latu_timer_runs_total", "Runs of what works by the clock.", ["timer", "result"])


class JsonLines(logging.Formatter):
    """One object a line: time, level, service, logger, message, correlation id, what stands `beside`.

    Of an exception the line has kinds and places only: its text may repeat what somebody wrote.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self.service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "told", {})
        if correlation_id.get():
            line.setdefault("correlation_id", correlation_id.get())
        if record.exc_info and record.exc_info[1]:
            # Below its first line asyncio repeats the exception, and in brackets what a callback was given.
            line["message"] = re.split(r"[\n(]", line["message"], maxsplit=1)[0]
            line["exception"] = "\n".join(without_words(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def without_words(error: BaseException) -> Iterator[str]:
    """The kind of an error, PostgreSQL's code of it where there is one, and its places; then its cause."""
    state = getattr(error, "sqlstate", None)
    yield f"{type(error).__name__} {state}" if state else type(error).__name__
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield f"  {frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from without_words(one)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from without_words(cause)


def beside(correlation: str = "", event: str = "") -> dict[str, dict[str, str]]:
    """What a line tells beside its words, as `extra` of a log call: ids only, never what somebody wrote."""
    told = {"correlation_id": correlation, "event_id": event}
    return {"told": {name: value for name, value in told.items() if value}}


def log_as_json(service: str, level: str) -> None:
    """Send every log line of this process to stderr as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Each question to the broker's monitoring would be a line.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Access lines would hold addresses and paths with keys; the metrics say the same without them.
    logging.getLogger("uvicorn.access").disabled = True
