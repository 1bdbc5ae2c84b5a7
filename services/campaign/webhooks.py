"""Webhooks: the endpoints of partners, and what follows from each visit to one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from services.campaign import partners, thresholds
from services.campaign.partners import Partner
from shared.errors import Invalid, Refused

Status = Literal["active", "disabled"]
Reason = Literal["", "staff", "gone", "failing"]
Outcome = Literal["delivered", "waiting", "given_up", "withdrawn"]

PING: Final = "latu.webhook.ping.v1"
GONE: Final = 410
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True, slots=True)
class Serial:
    """One generation of an endpoint's keys; `until` is when it stops signing, None while nothing ends it."""

    number: int
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a partner wants events. `events` are types; none named are all that the partner may read.

    Everything up to `position` in the history was sent or is in the log as waiting. `failures` counts
    visits in vain since the last success, `failing_since` when they began; `seconds` is how long its last
    visit took. Before `due_at` it is not visited: it is leased, or left alone for a while.
    """

    id: str
    partner: str
    url: str
    description: str
    events: tuple[str, ...]
    status: Status
    reason: Reason
    serials: tuple[Serial, ...]
    position: int
    failures: int
    failing_since: datetime | None
    due_at: datetime
    created_at: datetime
    changed_at: datetime
    seconds: float = 0.0

    @property
    def ailing(self) -> bool:
        """Whether its last visit was in vain or slow."""
        return self.failures > 0 or self.seconds > thresholds.WEBHOOK_SLOW


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff ask for a partner; `url` was checked."""

    url: str
    events: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event on its way to an endpoint, without a body once it was withdrawn. `attempts` were made before.

    `fresh` ones were never sent there before.
    """

    event: str
    type: str
    key: str
    body: str | None
    position: int | None
    attempts: int
    published_at: datetime
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """An endpoint that is leased to this process, and what is sent there at once."""

    endpoint: Endpoint
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """Where a process visits endpoints: ailing ones or the others, `most` at a time and `each` of a partner.

    `busy` names the partner of each visit that is under way.
    """

    ailing: bool
    most: int
    each: int
    busy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending a parcel once; `fault` says why there is no status."""

    parcel: Parcel
    http_status: int | None = None
    fault: str = ""
    seconds: float = 0.0
    retry_after: float | None = None

    @property
    def succeeded(self) -> bool:
        """Any 2xx is a success, and nothing else is: a redirect is not followed."""
        return self.http_status is not None and 200 <= self.http_status < 300

    @property
    def result(self) -> str:
        """In a word: `2xx` … `5xx`, or the fault."""
        return f"{self.http_status // 100}xx" if self.http_status is not None else self.fault


@dataclass(frozen=True, slots=True)
class Delivery:
    """A line of the log: where an event stands with an endpoint; `due_at` only while it waits."""

    event: str
    outcome: Outcome
    due_at: datetime | None
    attempt: Attempt

    @property
    def attempts(self) -> int:
        """How often it was sent so far."""
        return self.attempt.parcel.attempts + (self.outcome != "withdrawn")


def add(endpoint_id: str, partner: Partner, wish: Wish, position: int, now: datetime) -> Endpoint:
    """A new endpoint that gets what is published from now on.

    Raises:
        Invalid: something is wrong with the wish.
        Refused: the partner is not active.
    """
    if partner.status != "active":
        raise Refused("partner_not_active", "Only an active partner gets webhooks.")
    description = wish.description.strip()
    if len(description) > thresholds.WEBHOOK_DESCRIPTION_LENGTH:
        raise Invalid("webhook_description", "A description has at most 200 characters.")
    return Endpoint(
        id=endpoint_id,
        partner=partner.id,
        url=wish.url,
        description=description,
        events=wanted(wish.events, partner),
        status="active",
        reason="",
        serials=(Serial(1, now),),
        position=position,
        failures=0,
        failing_since=None,
        due_at=now,
        created_at=now,
        changed_at=now,
    )


def wanted(events: Iterable[str], partner: Partner) -> tuple[str, ...]:
    """The types of events that an endpoint gets.

    Raises:
        Invalid: there is no such event, or the partner may not read it.
    """
    found = partners.readable(events)
    if not set(found) <= set(partner.reads):
        raise Invalid("webhook_events", "The partner may not read all of these events.")
    return found


def change(endpoint: Endpoint, events: Iterable[str], partner: Partner, now: datetime) -> Endpoint:
    """Send other events there, from the same place on.

    Raises:
        Invalid: there is no such event, or the partner may not read it.
    """
    return replace(endpoint, events=wanted(events, partner), changed_at=now)


def rotate(endpoint: Endpoint, overlap: timedelta, now: datetime) -> Endpoint:
    """Sign with new keys; the ones of before sign beside them until the overlap is over.

    Raises:
        Invalid: the overlap is too long.
    """
    if not timedelta() <= overlap <= thresholds.WEBHOOK_OVERLAP:
        raise Invalid("webhook_overlap", "The old secret may stay valid for at most 30 days.")
    newest = endpoint.serials[-1]
    # Two at most: whoever rotates again means the new one to hold.
    before = (replace(newest, until=now + overlap),) if overlap else ()
    return replace(endpoint, serials=(*before, Serial(newest.number + 1, now)), changed_at=now)


def live_serials(endpoint: Endpoint, now: datetime) -> tuple[int, ...]:
    """The numbers of the keys that sign now, newest first."""
    live = (one.number for one in endpoint.serials if one.until is None or one.until > now)
    return tuple(sorted(live, reverse=True))


def disable(endpoint: Endpoint, reason: Reason, now: datetime) -> Endpoint:
    """Send nothing there any more, until it is enabled again; its place in the history stays."""
    return replace(endpoint, status="disabled", reason=reason, changed_at=now)


def enable(endpoint: Endpoint, now: datetime) -> Endpoint:
    """Send there again, from where it stopped."""
    fresh = replace(endpoint, failures=0, failing_since=None, seconds=0.0, due_at=now)
    return replace(fresh, status="active", reason="", changed_at=now)


def chosen(endpoint: Endpoint, due: Sequence[Parcel], fresh: Sequence[Parcel]) -> tuple[Parcel, ...]:
    """What is sent at one visit: half of what waits, half of what is new, where there is enough of both."""
    most = 2 if endpoint.failures else thresholds.WEBHOOK_AT_ONCE
    return (*due[: max(most // 2, most - len(fresh))], *fresh)[:most]


def visited(endpoint: Endpoint, attempts: Sequence[Attempt], chance: float, now: datetime) -> Endpoint:
    """The endpoint after a visit: further on in the history, left alone for a while, or disabled."""
    reached = [attempt.parcel.position for attempt in attempts if attempt.parcel.position is not None]
    moved = replace(endpoint, position=max([endpoint.position, *reached]), due_at=now)
    tried = [attempt for attempt in attempts if attempt.fault != WITHDRAWN]
    if not tried:
        return moved
    moved = replace(moved, seconds=max(attempt.seconds for attempt in tried))
    if any(attempt.http_status == GONE for attempt in tried):
        return disable(moved, "gone", now)
    asked = max(_asked(attempt, thresholds.WEBHOOK_LONGEST_PAUSE) for attempt in tried)
    if any(attempt.succeeded for attempt in tried):
        return replace(moved, failures=0, failing_since=None, due_at=now + asked)
    since = endpoint.failing_since or now
    pause = max(_pause(endpoint.failures, chance), asked)
    failing = replace(moved, failures=endpoint.failures + 1, failing_since=since, due_at=now + pause)
    return disable(failing, "failing", now) if now - since >= thresholds.WEBHOOK_FAILING else failing


def settled(attempt: Attempt, chance: float, now: datetime) -> Delivery:
    """What becomes of an event after an attempt: done, sent again later, or given up."""
    event = attempt.parcel.event
    if attempt.fault == WITHDRAWN:
        return Delivery(event, "withdrawn", None, attempt)
    if attempt.succeeded:
        return Delivery(event, "delivered", None, attempt)
    if attempt.parcel.attempts >= len(thresholds.WEBHOOK_RETRIES):
        return Delivery(event, "given_up", None, attempt)
    wait = thresholds.WEBHOOK_RETRIES[attempt.parcel.attempts] * (1 + thresholds.WEBHOOK_JITTER * chance)
    return Delivery(
        event, "waiting", now + max(wait, _asked(attempt, thresholds.WEBHOOK_LONGEST_WAIT)), attempt
    )


def _pause(failures: int, chance: float) -> timedelta:
    usual = thresholds.WEBHOOK_PAUSES[min(failures, len(thresholds.WEBHOOK_PAUSES) - 1)]
    return usual * (1 + thresholds.WEBHOOK_JITTER * chance)


def _asked(attempt: Attempt, longest: timedelta) -> timedelta:
    return min(timedelta(seconds=max(0.0, attempt.retry_after or 0.0)), longest)


def ping(endpoint: Endpoint, parcel: Parcel) -> str:
    """What a test says: a CloudEvent of its own type, which no stream carries."""
    said = {
        "specversion": "1.0",
        "id": parcel.event,
        "source": "/latu/campaign",
        "type": PING,
        "subject": endpoint.id,
        "time": parcel.published_at.isoformat(),
        "datacontenttype": "application/json",
        "data": {"webhook": endpoint.id, "partner": endpoint.partner},
    }
    return json.dumps(said)
