"""Outcomes: what follow-ups measured after a practice was tried, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import Field

from services.coaching import thresholds
from shared.errors import Invalid
from shared.events import Evidence, Key, OutcomeRecorded, OutcomeWithdrawn, Topic, Value


class Measurement(Value):
    """What the organisation says at a follow-up; `before` and `after` are its own view of its state, 0–10."""

    before: float = Field(ge=0, le=10)
    after: float = Field(ge=0, le=10)
    kept: bool
    measured_on: date


class Outcome(Value):
    """A measurement as it counts for the region: without the organisation, its day made a month."""

    outcome: Key
    practice: Key
    topic: Topic
    kept: bool
    before: float
    after: float
    measured_on: str
    evidence: tuple[Evidence, ...] = ()
    revision: int = 1


class Track(Value):
    """What all outcomes of one practice add up to."""

    outcomes: int = 0
    kept: int = 0
    mean_change: float = 0.0
    newest: tuple[Evidence, ...] = ()

    @property
    def kept_share(self) -> float:
        """The share of workplaces that keep it, shrunk towards one half (Beta prior of the thresholds)."""
        beforehand = thresholds.KEPT_BEFOREHAND + thresholds.DROPPED_BEFOREHAND
        return (self.kept + thresholds.KEPT_BEFOREHAND) / (self.outcomes + beforehand)

    @property
    def careful_change(self) -> float:
        """The mean change, shrunk towards none (normal prior of the thresholds)."""
        return self.mean_change * self.outcomes / (self.outcomes + thresholds.UNCHANGED_BEFOREHAND)

    @property
    def points(self) -> float:
        """What they add to the score of the practice; below nought when workplaces drop it or fare worse."""
        kept = (2 * self.kept_share - 1) * thresholds.KEPT_POINTS
        return round(kept + self.careful_change * thresholds.CHANGE_POINTS, 4) + 0.0


def check(measurement: Measurement, agreed_on: date, today: date) -> Measurement:
    """The measurement, if it lies between the agreement and today.

    Raises:
        Invalid: measured before anything was agreed, or in the future.
    """
    if measurement.measured_on < agreed_on:
        raise Invalid("measured_too_early", "The follow-up cannot be before the day when it was agreed.")
    if measurement.measured_on > today:
        raise Invalid("measured_in_future", "The follow-up cannot be in the future.")
    return measurement


def add_up(outcomes: Iterable[Outcome]) -> dict[str, Track]:
    """The track record of each practice that has one."""
    by_practice: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_practice.setdefault(outcome.practice, []).append(outcome)
    return {practice: _track(found) for practice, found in by_practice.items()}


def _track(outcomes: list[Outcome]) -> Track:
    newest = sorted(outcomes, key=lambda o: (o.measured_on, o.outcome), reverse=True)
    return Track(
        outcomes=len(outcomes),
        kept=sum(o.kept for o in outcomes),
        mean_change=round(sum(o.after - o.before for o in newest) / len(outcomes), 6),
        newest=tuple(
            Evidence(kind="outcome", key=o.outcome, revision=o.revision)
            for o in newest[: thresholds.OUTCOMES_SHOWN]
        ),
    )


def recorded(outcome: Outcome, now: datetime) -> OutcomeRecorded:
    """The event that tells of an outcome."""
    return OutcomeRecorded(occurred_at=now, **dict(outcome))


def withdrawn(outcome: Outcome, now: datetime) -> OutcomeWithdrawn:
    """The event that takes an outcome back; its revision is the next one."""
    return OutcomeWithdrawn(
        revision=outcome.revision + 1,
        occurred_at=now,
        outcome=outcome.outcome,
        practice=outcome.practice,
        topic=outcome.topic,
    )
