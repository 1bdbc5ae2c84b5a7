"""From a request through two services every event says what it came from, with nothing but Latu installed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from shared import dead_letters
from shared.outbox import envelope
from shared.replay import Asked, Replay
from shared.streams import connect
from shared.tracing import Place, Span, parse
from tests.conftest import ROOT
from tests.shared.given import NOW, until
from tests.shared.two_services import World, events, refused, running

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def world(fresh_database, nats_url: str) -> AsyncIterator[World]:
    async with running(fresh_database, nats_url) as made:
        yield made


def place(row: Any) -> Place:
    found = parse(row["traceparent"])
    assert found is not None, row["type"]
    return found


async def test_one_trace_goes_from_a_request_through_a_handler_and_a_timer_of_another_service(
    world: World,
) -> None:
    await world.tell("/api/stories/s1")
    told, handled, thought = *await world.emitted(world.teller), *await world.emitted(world.listener)
    places = [place(row) for row in (told, handled, thought)]
    assert len({one.trace_id for one in places}) == 1
    assert len({one.span_id for one in places}) == 3


async def test_every_event_names_what_began_it_and_the_event_that_led_to_it(world: World) -> None:
    await world.tell("/api/stories/s1")
    told, handled, thought = *await world.emitted(world.teller), *await world.emitted(world.listener)
    assert [told["causation_id"], handled["causation_id"], thought["causation_id"]] == [
        None,
        told["id"],
        told["id"],
    ]
    assert {row["correlation_id"] for row in (told, handled, thought)} == {place(told).trace_id}


async def test_what_is_redriven_or_replayed_goes_on_where_it_came_from(world: World, nats_url: str) -> None:
    refused.add("s1")
    assert (await world.client.post("/api/stories/s1")).status_code == 201
    await until(partial(letter_waits, world))
    refused.clear()
    async with world.listener.transaction() as tx:
        await dead_letters.redrive(tx, events, dead_letters.Chosen(), "latu")
    client = await connect(nats_url, "test")
    await Replay(world.listener, client.jetstream(), events).run(Asked("PUBLIC", 1))
    await client.close()
    told = (await world.emitted(world.teller))[0]
    again = [row for row in await world.emitted(world.listener) if row["key"] == "handled-s1"]
    assert [row["causation_id"] for row in again] == [told["id"], told["id"]]
    assert {row["correlation_id"] for row in again} == {told["correlation_id"]}
    assert {place(row).trace_id for row in again} == {place(told).trace_id}


async def letter_waits(world: World) -> bool:
    async with world.listener.transaction() as tx:
        return bool(await dead_letters.list_letters(tx))


def test_nothing_but_a_transaction_writes_events_into_an_outbox() -> None:
    folders = ("shared", "services", "deploy")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    writing = re.compile(r"insert\(\s*(backbone\.)?outbox\b|INSERT INTO outbox", re.IGNORECASE)
    found = [str(path.relative_to(ROOT)) for path in files if writing.search(path.read_text("utf-8"))]
    assert found == ["shared/db.py"]


async def test_the_broker_carries_in_headers_what_the_outbox_has(world: World, nats_url: str) -> None:
    await world.tell("/api/stories/s1")
    client = await connect(nats_url, "test")
    for row in await world.emitted(world.listener):
        headers = (await client.jetstream().get_last_msg(row["stream"], row["subject"])).headers or {}
        assert headers["traceparent"] == row["traceparent"]
        assert headers["ce-correlationid"] == row["correlation_id"]
        assert headers["ce-causationid"] == row["causation_id"]
    await client.close()


async def test_the_trace_of_a_caller_among_the_staff_goes_on(world: World) -> None:
    await world.tell("/admin/api/stories/s1", {"traceparent": CALLER})
    rows = [*await world.emitted(world.teller), *await world.emitted(world.listener)]
    assert {place(row).trace_id for row in rows} == {CALLER.split("-")[1]}
    assert all(place(row).sampled for row in rows)


async def test_what_a_stranger_tells_is_never_tied_to_the_log_of_a_proxy(world: World) -> None:
    await world.tell("/api/stories/s1", {"traceparent": CALLER})
    rows = [*await world.emitted(world.teller), *await world.emitted(world.listener)]
    assert CALLER.split("-")[1] not in str(rows)


async def test_a_traceparent_that_is_none_is_as_if_it_were_not_there(world: World) -> None:
    await world.tell("/admin/api/stories/s1", {"traceparent": "00-nothing-of-the-kind"})
    assert place((await world.emitted(world.teller))[0])


async def test_spans_stand_below_what_they_follow_from(world: World, ended: list[Span]) -> None:
    await world.tell("/api/stories/s1")
    named = {span.name: span for span in ended}
    request = named["POST /api/stories/{key}"]
    handling = named["process coaching-campaign-story_published-v1"]
    timer = named["timer think_it_over"]
    assert request.parent is None
    assert handling.parent == named["publish PUBLIC"].parent == request.place
    assert timer.parent == handling.place
    assert handling.links == [named["receive coaching-campaign-story_published-v1"].place]
    assert request.attributes["http.response.status_code"] == 201
    assert place((await world.emitted(world.listener))[1]) == timer.place


async def test_no_span_holds_an_address_a_text_or_the_words_of_an_exception(
    world: World, ended: list[Span]
) -> None:
    await world.client.get("/api/bug?secret=hush")
    await world.client.post("/api/stories/poison")
    await world.tell("/api/stories/hush")
    assert "hush" not in str(ended)
    assert "Kokemus" not in str(ended)
    failed = {span.name: span.error for span in ended if span.error}
    assert failed["GET /api/bug"] == "500"
    assert failed["process coaching-campaign-story_published-v1"] == "ValueError"


async def test_what_machines_ask_all_day_leaves_no_spans(world: World, ended: list[Span]) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/static/latu.css"):
        assert (await world.client.get(path)).status_code == 200
    assert ended == []


def test_an_envelope_has_the_ids_of_its_row() -> None:
    names = ("id", "type", "key", "revision", "correlation_id", "causation_id", "traceparent")
    row: Any = {name: name for name in names} | {"occurred_at": NOW}
    headers = envelope(row, "campaign")
    assert headers["ce-correlationid"] == "correlation_id"
    assert headers["ce-causationid"] == "causation_id"
    assert headers["traceparent"] == "traceparent"


def test_a_service_that_exports_nothing_loads_nothing_of_opentelemetrys_sdk() -> None:
    program = "import sys, shared.http; print([n for n in sys.modules if n.startswith('opentelemetry.sdk')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
