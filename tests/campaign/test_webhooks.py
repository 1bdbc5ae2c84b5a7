"""What follows from each visit to an endpoint: when an event is sent again, and when nothing is sent any more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign import partners, thresholds, webhooks
from services.campaign.webhooks import Attempt, Endpoint, Parcel, Wish
from shared.errors import Invalid, Refused
from tests.campaign.given import NOW

PARTNER = partners.add(partners.Wish("Kemin yrittäjät", ("insight_released", "post_published")), "", NOW)
URL = "https://example.org/hook"


def endpoint(**more: Any) -> Endpoint:
    return replace(webhooks.add("w1", PARTNER, Wish(URL), 7, NOW), **more)


def parcel(position: int | None = 8, **more: Any) -> Parcel:
    return replace(Parcel(f"e{position}", "latu.x.y.v1", "k", "{}", position, 0, NOW), **more)


def attempt(status: int | None = 500, position: int = 8, **more: Any) -> Attempt:
    attempts = more.pop("attempts", 0)
    return replace(Attempt(parcel(position, attempts=attempts), status, "" if status else "timeout"), **more)


def test_a_new_endpoint_gets_what_is_published_from_then_on() -> None:
    assert endpoint().position == 7
    assert endpoint().status == "active"


def test_only_an_active_partner_gets_webhooks() -> None:
    with pytest.raises(Refused):
        webhooks.add("w1", partners.suspend(PARTNER, NOW), Wish(URL), 0, NOW)


def test_an_endpoint_gets_no_event_that_its_partner_may_not_read() -> None:
    with pytest.raises(Invalid):
        webhooks.add("w1", PARTNER, Wish(URL, ("practice_published",)), 0, NOW)


def test_who_asks_for_findings_is_also_told_that_they_are_retracted() -> None:
    made = webhooks.add("w1", PARTNER, Wish(URL, ("insight_released",)), 0, NOW)
    assert made.events == ("latu.survey.insight_released.v1", "latu.survey.insight_retracted.v1")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert webhooks.settled(attempt(status), 0, NOW).outcome == "delivered"


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503, None])
def test_nothing_else_is_one_and_no_redirect_is_followed(status: int | None) -> None:
    assert webhooks.settled(attempt(status), 0, NOW).outcome == "waiting"


def test_an_event_is_sent_ten_times_over_three_days_and_then_given_up() -> None:
    waits = []
    for before in range(9):
        due = webhooks.settled(attempt(attempts=before), 0, NOW).due_at
        assert due is not None
        waits.append(due - NOW)
    assert waits == list(thresholds.WEBHOOK_RETRIES)
    assert timedelta(days=3) < sum(waits, timedelta()) < timedelta(days=3.5)
    last = webhooks.settled(attempt(attempts=9), 0, NOW)
    assert (last.outcome, last.due_at, last.attempts) == ("given_up", None, 10)


@given(st.floats(0, 1), st.integers(0, 8))
def test_chance_makes_a_wait_longer_by_up_to_a_fifth(chance: float, before: int) -> None:
    usual = thresholds.WEBHOOK_RETRIES[before]
    due = webhooks.settled(attempt(attempts=before), chance, NOW).due_at
    assert due is not None
    assert usual <= due - NOW <= usual * 1.2 + timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("asked", "waits"), [(0, 5), (3, 5), (120, 120), (10**9, 86_400), (-5, 5), (None, 5)]
)
def test_retry_after_is_honoured_up_to_a_day_and_never_hurries(asked: float | None, waits: float) -> None:
    due = webhooks.settled(attempt(429, retry_after=asked), 0, NOW).due_at
    assert due == NOW + timedelta(seconds=waits)


def test_an_endpoint_that_says_gone_is_disabled_at_once_whatever_else_it_says() -> None:
    after = webhooks.visited(endpoint(), [attempt(200, 8), attempt(410, 9)], 0, NOW)
    assert (after.status, after.reason) == ("disabled", "gone")


def test_an_endpoint_without_success_for_five_days_is_disabled() -> None:
    failing = endpoint(failures=9, failing_since=NOW - timedelta(days=5))
    assert webhooks.visited(failing, [attempt()], 0, NOW).reason == "failing"
    recent = replace(failing, failing_since=NOW - timedelta(days=4.9))
    assert webhooks.visited(recent, [attempt()], 0, NOW).status == "active"


def test_one_success_makes_an_endpoint_well_again() -> None:
    failing = endpoint(failures=9, failing_since=NOW - timedelta(days=4))
    after = webhooks.visited(failing, [attempt(500), attempt(200, 9)], 0, NOW)
    assert (after.failures, after.failing_since, after.due_at) == (0, None, NOW)


def test_an_endpoint_in_vain_is_left_alone_for_longer_each_time_up_to_five_minutes() -> None:
    pauses = [
        (webhooks.visited(endpoint(failures=n), [attempt()], 0, NOW).due_at - NOW).total_seconds()
        for n in range(7)
    ]
    assert pauses == [5, 15, 45, 135, 300, 300, 300]


def test_an_endpoint_can_have_itself_left_alone_for_an_hour_at_most() -> None:
    after = webhooks.visited(endpoint(), [attempt(429, retry_after=90_000)], 0, NOW)
    assert after.due_at == NOW + timedelta(hours=1)


def test_one_that_took_some_and_asked_to_be_left_alone_is_left_alone() -> None:
    limited = [attempt(429, 9, retry_after=60), attempt(429, 10, retry_after=120)]
    after = webhooks.visited(endpoint(failures=2), [attempt(200, 8), *limited], 0, NOW)
    assert (after.failures, after.due_at) == (0, NOW + timedelta(seconds=120))


def test_one_that_was_slow_is_among_the_ailing_until_it_is_quick() -> None:
    slow = webhooks.visited(endpoint(), [attempt(200, seconds=0.1), attempt(200, 9, seconds=14.9)], 0, NOW)
    assert slow.ailing
    assert (slow.failures, slow.due_at) == (0, NOW)
    assert not webhooks.visited(slow, [attempt(200, seconds=0.1)], 0, NOW).ailing
    assert not webhooks.enable(slow, NOW).ailing


def test_a_place_in_the_history_never_goes_back() -> None:
    after = webhooks.visited(endpoint(position=20), [attempt(200, 8)], 0, NOW)
    assert after.position == 20


def test_a_withdrawn_event_says_nothing_about_the_endpoint() -> None:
    withdrawn = Attempt(parcel(8, body=None), fault=webhooks.WITHDRAWN)
    after = webhooks.visited(endpoint(failures=3), [withdrawn], 0, NOW)
    assert (after.failures, after.position) == (3, 8)
    line = webhooks.settled(withdrawn, 0, NOW)
    assert (line.outcome, line.attempts) == ("withdrawn", 0)


def test_what_waits_and_what_is_new_share_a_visit() -> None:
    due, fresh = [parcel(n) for n in range(6)], [parcel(n) for n in range(10, 16)]
    assert [one.position for one in webhooks.chosen(endpoint(), due, fresh)] == [0, 1, 10, 11]
    assert [one.position for one in webhooks.chosen(endpoint(), due, fresh[:1])] == [0, 1, 2, 10]
    assert [one.position for one in webhooks.chosen(endpoint(), due[:1], fresh)] == [0, 10, 11, 12]


def test_an_endpoint_that_failed_gets_one_of_each() -> None:
    due, fresh = [parcel(n) for n in range(6)], [parcel(n) for n in range(10, 16)]
    assert [one.position for one in webhooks.chosen(endpoint(failures=1), due, fresh)] == [0, 10]


def test_after_a_rotation_the_old_keys_sign_until_the_overlap_is_over() -> None:
    rotated = webhooks.rotate(endpoint(), timedelta(days=1), NOW)
    assert webhooks.live_serials(rotated, NOW) == (2, 1)
    assert webhooks.live_serials(rotated, NOW + timedelta(days=1)) == (2,)
    assert webhooks.live_serials(webhooks.rotate(rotated, timedelta(), NOW), NOW) == (3,)


def test_never_more_than_two_secrets_live() -> None:
    made = endpoint()
    for _ in range(4):
        made = webhooks.rotate(made, timedelta(days=30), NOW)
    assert webhooks.live_serials(made, NOW) == (5, 4)


def test_an_overlap_of_more_than_thirty_days_is_refused() -> None:
    with pytest.raises(Invalid):
        webhooks.rotate(endpoint(), timedelta(days=31), NOW)


def test_a_test_is_a_cloudevent_of_its_own_type() -> None:
    told = json.loads(webhooks.ping(endpoint(), parcel(None, event="p1", type=webhooks.PING)))
    assert (told["type"], told["id"], told["specversion"]) == (webhooks.PING, "p1", "1.0")
