"""Spans leave where a collector is named; a service works as well without."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Iterator

import pytest

from shared import tracing
from shared.span_export import exporting, is_wanted, share
from shared.tracing import span
from tests.collector import Collector, Received, collecting
from tests.shared.given import until
from tests.shared.two_services import running

NAMED = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that the environment names."""
    with collecting() as made:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        yield made


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (NAMED, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        (NAMED | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (NAMED | {"OTEL_SDK_DISABLED": "TRUE"}, False),
    ],
)
def test_spans_leave_only_where_a_collector_is_named(environment: dict[str, str], wanted: bool) -> None:
    assert is_wanted(environment) is wanted


def test_all_traces_are_exported_unless_a_ratio_is_asked_for() -> None:
    ratio = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}
    assert share({"OTEL_TRACES_SAMPLER_ARG": "0.1"}) == 1.0
    assert share(ratio) == 1.0
    assert share(ratio | {"OTEL_TRACES_SAMPLER_ARG": "0.1"}) == 0.1


@pytest.mark.parametrize("said", ["", "much", "-1", "1.5", "nan"])
def test_a_ratio_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1"):
        share({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": said})


async def test_without_the_extra_a_service_says_what_to_install_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "shared.otlp", None)
    async with exporting("coaching"):
        with span("work") as work:
            assert not work.place.sampled
    assert "install the extra, latu[tracing]" in caplog.text


@pytest.mark.tracing
async def test_a_setting_that_is_wrong_is_said_and_the_service_goes_on(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "half")
    async with exporting("coaching"):
        with span("work") as work:
            assert not work.place.sampled
    assert "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1" in caplog.text


@pytest.mark.tracing
async def test_a_span_arrives_as_it_was(collector: Collector) -> None:
    followed = [f"00-{'a' * 32}-{number:016x}-01" for number in (1, 2)]
    async with exporting("coaching"):
        with span("outer", "server", after=followed) as outer, pytest.raises(BrokenPipeError), span("inner"):
            raise BrokenPipeError("secret")
    inner, root = sorted(collector.spans, key=lambda one: one.name)
    assert (root.service, root.name, root.trace, root.span, root.parent) == (
        "latu-coaching",
        "outer",
        outer.place.trace_id,
        outer.place.span_id,
        "",
    )
    assert root.links == (("a" * 32, f"{1:016x}"), ("a" * 32, f"{2:016x}"))
    assert (inner.trace, inner.parent) == (root.trace, root.span)
    assert (inner.failed, root.failed) == (True, False)
    assert inner.attributes == {"error.type": "BrokenPipeError"}
    assert "secret" not in str(collector.spans)


@pytest.mark.tracing
async def test_the_work_of_two_services_arrives_as_one_trace(
    fresh_database, nats_url: str, collector: Collector
) -> None:
    async with running(fresh_database, nats_url) as world:
        await world.tell("/api/stories/s1")

        async def arrived() -> bool:
            return "timer think_it_over" in {one.name for one in collector.spans}

        await until(arrived)
    request = next(one for one in collector.spans if one.name == "POST /api/stories/{key}")
    assert chain(collector.spans, "timer think_it_over") == [
        "timer think_it_over",
        "process coaching-campaign-story_published-v1",
        "POST /api/stories/{key}",
    ]
    assert {one.trace for one in collector.spans if one.name.startswith("process")} == {request.trace}


def chain(spans: list[Received], name: str) -> list[str]:
    """The names from a span up to its root."""
    by_id = {one.span: one for one in spans}
    found = next(one for one in spans if one.name == name)
    names = [found.name]
    while found.parent:
        found = by_id[found.parent]
        names.append(found.name)
    return names


@pytest.mark.tracing
async def test_a_collector_that_hangs_stops_no_work_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    monkeypatch.setattr("shared.otlp.LAST_SPANS_SECONDS", 0.3)
    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    started = time.monotonic()
    async with exporting("coaching"):
        for _ in range(5_000):
            with span("work"):
                pass
    assert time.monotonic() - started < 3
    server.close()


@pytest.mark.tracing
async def test_a_service_that_ends_sends_its_last_spans(collector: Collector, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        async with exporting("coaching"):
            for number in range(1_000):
                with span(f"work {number}"):
                    pass
    assert len(collector.spans) == 1_000
    assert not caplog.records
    assert tracing.current() is None
