"""What a service meets on a real socket."""

from __future__ import annotations

import importlib
import socket
import time
from contextlib import suppress
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from prometheus_client.samples import Sample

from deploy.embedded.plan import SERVICES
from shared.cli.stuck import not_followed
from shared.http import make_app
from tests.system import exposition
from tests.system.conftest import DemoStack

pytestmark = pytest.mark.system
CLOSED = ("status", "reason", "kind", "outcome", "decision", "result", "effect", "pool", "way")


def hang_up(url: str, path: str) -> None:
    """Promise a body, send half of it and go."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 0)) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: latu\r\nContent-Type: application/json\r\n"
        client.sendall((head + "Idempotency-Key: half-of-one\r\nContent-Length: 400\r\n\r\n{").encode())
        time.sleep(0.2)


def test_a_reader_who_hangs_up_is_no_fault_of_the_service(demo_stack: DemoStack) -> None:
    log = demo_stack.stack.home / "logs" / "survey.log"
    hang_up(demo_stack.stack.urls["survey"], "/api/rounds/lappi-2026/answers")
    deadline = time.monotonic() + 10
    while "went away" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "went away" in log.read_text()
    assert "a request failed" not in log.read_text()


def told_by(demo_stack: DemoStack, service: str) -> list[Sample]:
    return exposition.told(demo_stack.stack.urls[service])


@pytest.mark.parametrize("service", SERVICES)
def test_no_metric_tells_more_than_the_names_that_the_program_has(
    demo_stack: DemoStack, service: str
) -> None:
    for path in ("/keys/of/somebody", "/answer/lappi-2026", "/admin/organisations/secret"):
        with suppress(HTTPError), urlopen(demo_stack.stack.urls[service] + path):  # noqa: S310
            pass
    wired = importlib.import_module(f"services.{service}.app").service
    handlers = {durable.name for durable in wired.events.durables()}
    samples = told_by(demo_stack, service)
    assert (
        exposition.strange(samples, exposition.templates(make_app(wired, exposition.NOWHERE)), handlers) == []
    )
    assert 100 < len(samples) < exposition.MOST_SERIES


def test_a_label_with_a_word_of_somebody_is_found() -> None:
    samples = [
        Sample("latu_x", {"route": "/answer/lappi-2026"}, 1),
        Sample("latu_x", {"reason": "Maija Meikäläinen"}, 1),
        Sample("latu_x", {"round": "lappi"}, 1),
        *(Sample("latu_x", {label: "maija"}, 1) for label in CLOSED),
    ]
    assert len(exposition.strange(samples, {"/answer/{code}"}, set())) == 3 + len(CLOSED)


@pytest.mark.parametrize(
    ("service", "effect"), [("coaching", "playbook"), ("model", "model"), ("campaign", "campaign")]
)
def test_the_loop_was_measured_up_to_each_effect(demo_stack: DemoStack, service: str, effect: str) -> None:
    samples = told_by(demo_stack, service)
    changes = exposition.value_of(samples, "latu_loop_seconds_count", effect=effect)
    took = exposition.value_of(samples, "latu_loop_seconds_sum", effect=effect)
    assert changes >= 1
    assert 0 < took / changes < 120
    assert exposition.value_of(samples, "latu_handler_seconds_count") > 0


def test_the_survey_counts_its_releases_and_how_long_answers_waited_for_them(demo_stack: DemoStack) -> None:
    samples = told_by(demo_stack, "survey")
    assert exposition.value_of(samples, "latu_release_decisions_total", decision="released") >= 1
    assert exposition.value_of(samples, "latu_release_figures_total", outcome="new") > 100
    assert exposition.value_of(samples, "latu_answer_wait_seconds_count") >= 1


def test_of_answers_no_more_is_counted_than_the_band_that_was_released(demo_stack: DemoStack) -> None:
    at_least = exposition.value_of(told_by(demo_stack, "survey"), "latu_things", kind="answers")
    assert demo_stack.counts["answers"] == 900
    assert at_least in {100, 200, 500}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_tells_of_its_pools_its_event_loop_and_the_broker(
    demo_stack: DemoStack, service: str
) -> None:
    samples = told_by(demo_stack, service)
    for name in (
        "latu_pool_wait_seconds_count",
        "latu_pool_size",
        "latu_event_loop_late_seconds_count",
        "latu_nats_up",
        "latu_nats_messages_total",
        "latu_nats_stream_messages",
    ):
        assert exposition.value_of(samples, name) > 0, name


def test_every_finding_of_the_loop_has_arrived_in_every_service(demo_stack: DemoStack) -> None:
    places = {name: demo_stack.services.get(name, "/admin/api/findings") for name in SERVICES}
    told = places.pop("survey")
    assert len(told) > 20
    assert not_followed(told, places) == []
    assert len(not_followed(told, places | {"model": []})) == len(told)
