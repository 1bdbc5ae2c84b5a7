"""Spans for OpenTelemetry's exporter; needs the extra `tracing`."""

from __future__ import annotations

import asyncio
import threading
import time

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from shared.tracing import Place, Span

LAST_SPANS_SECONDS = 3.0


class _Ids(IdGenerator):
    """Gives a span the place that it has already."""

    def __init__(self) -> None:
        self.place = Place("0" * 32, "0" * 16, sampled=False)

    def generate_trace_id(self) -> int:
        """The trace of the span that is handed over."""
        return int(self.place.trace_id, 16)

    def generate_span_id(self) -> int:
        """The span that is handed over."""
        return int(self.place.span_id, 16)


class Exporter:
    """Hands spans that ended to OpenTelemetry's batch processor, which sends them from a thread of its own.

    What the collector does not take in time is dropped; no work waits for it.
    """

    def __init__(self, service: str) -> None:
        """Where to, with which headers and certificates: OpenTelemetry's own variables say.

        Raises:
            ValueError: one of them is not valid.
        """
        self._ids = _Ids()
        # Never the global provider: what is not ours might put addresses and texts into spans of its own.
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource.create({"service.name": f"latu-{service}"}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("latu")

    def export(self, span: Span) -> None:
        """Hand a span over; called on the event loop only, so that no two take each other's place."""
        self._ids.place = span.place
        made = self._tracer.start_span(
            span.name,
            Context() if span.parent is None else set_span_in_context(_seen(span.parent), Context()),
            SpanKind[span.kind.upper()],
            span.attributes,
            [Link(_context(place)) for place in span.links],
            span.started_ns,
        )
        if span.error:
            made.set_attribute("error.type", span.error)
            made.set_status(StatusCode.ERROR)
        made.end(time.time_ns())

    async def close(self) -> None:
        """Send what is left, in a few seconds or not at all."""
        # A thread that need not end: a collector that hangs must not keep the process.
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        await asyncio.to_thread(last.join, LAST_SPANS_SECONDS)


def _context(place: Place) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if place.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(place.trace_id, 16), int(place.span_id, 16), is_remote=True, trace_flags=flags)


def _seen(place: Place) -> NonRecordingSpan:
    return NonRecordingSpan(_context(place))
