"""Figures for those without Prometheus: what happened between two readings, and no more than an hour of them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from shared.gauges import THINGS
from shared.loop import LOOP_SECONDS
from shared.observability import HTTP_SECONDS
from shared.samples import KEPT, Reading, Samples, figures_between, quantile, read
from shared.status_pages import FIGURES

FIRST = Reading(
    at=1_000.0,
    requests=10,
    failed=0,
    request_times={0.1: 10, 0.5: 10, math.inf: 10},
    handled=100,
    lateness={0.01: 5, math.inf: 5},
    loop={},
    now={"events_waiting": 0.0},
)
SECOND = replace(
    FIRST, at=1_005.0, requests=30, failed=5, request_times={0.1: 10, 0.5: 30, math.inf: 30}, handled=110
)


def test_figures_are_those_of_the_interval_and_not_since_the_start() -> None:
    found = figures_between(FIRST, SECOND)
    assert found["requests"] == 4
    assert found["answered"] == 0.75
    assert found["events_handled"] == 2
    assert 0.1 < found["request_time"] < 0.5
    assert math.isnan(found["late"])


def test_a_quantile_is_worked_out_as_prometheus_does() -> None:
    assert quantile(0.5, {}, {0.1: 0, 0.5: 10, math.inf: 10}) == pytest.approx(0.3)
    assert quantile(0.99, {}, {0.1: 1, math.inf: 10}) == 0.1
    assert math.isnan(quantile(0.5, {0.1: 4, math.inf: 4}, {0.1: 4, math.inf: 4}))


def test_the_ring_keeps_an_hour_and_forgets_what_was_before() -> None:
    samples = Samples()
    for number in range(KEPT + 50):
        samples.take(replace(FIRST, at=float(number), requests=float(number)))
    assert len(samples.series("requests").points) == KEPT
    assert samples.span == (50.0, float(KEPT + 49))


def test_the_newest_is_the_last_that_is_known() -> None:
    samples = Samples()
    assert samples.newest() == {}
    for reading in (FIRST, SECOND, replace(SECOND, at=1_010.0)):
        samples.take(reading)
    newest = samples.newest()
    assert (newest["requests"], newest["answered"], newest["late"]) == (0, 0.75, None)


def test_what_only_some_services_have_is_told_where_it_is() -> None:
    THINGS.labels("insights", "confirmed").set(3)
    THINGS.labels("insights", "indication").set(4)
    THINGS.labels("stories", "published").set(50)
    LOOP_SECONDS.labels("model").observe(0.2)
    before = read()
    LOOP_SECONDS.labels("model").observe(20)
    found = figures_between(before, read())
    assert found["findings"] == 7
    assert 10 < found["loop_time"] <= 30
    THINGS.clear()
    assert math.isnan(read().now["findings"])


def test_what_machines_ask_is_no_request_of_people() -> None:
    before = read()
    for route in ("/metrics", "/health/ready", "/"):
        HTTP_SECONDS.labels("GET", route, "200").observe(0.2)
    after = read()
    assert after.requests == before.requests + 1


def test_every_figure_has_a_title_and_what_is_normal_in_three_languages() -> None:
    named = {figure.name for figure in FIGURES}
    assert named == figures_between(read(), read()).keys()
    for figure in FIGURES:
        assert all((figure.title.fi, figure.title.sv, figure.title.en, figure.normal.fi, figure.normal.sv))
