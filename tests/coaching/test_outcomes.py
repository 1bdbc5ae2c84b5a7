"""Rules of outcomes and of what they add up to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.coaching.outcomes import Measurement, Outcome, Track, add_up, check, recorded, withdrawn
from shared.errors import Invalid
from shared.events import Evidence
from tests.coaching.given import NOW, TODAY


def outcome(key: str = "o1", *, kept: bool = True, change: float = 2.0, **more: object) -> Outcome:
    given = {"practice": "p1", "topic": "leadership", "measured_on": "2026-11", **more}
    return Outcome.model_validate(
        {"outcome": key, "kept": kept, "before": 4.0, "after": 4.0 + change, **given}
    )


def measurement(measured_on: date, **more: object) -> Measurement:
    given = {"before": 4, "after": 6, "kept": True, **more}
    return Measurement.model_validate({"measured_on": measured_on, **given})


def test_nothing_measured_adds_nothing() -> None:
    assert Track().points == 0
    assert add_up([]) == {}


def test_outcomes_are_added_up_by_practice() -> None:
    tracks = add_up([outcome("a"), outcome("b", kept=False, change=-1.0), outcome("c", practice="p2")])
    assert (tracks["p1"].outcomes, tracks["p1"].kept, tracks["p1"].mean_change) == (2, 1, 0.5)
    assert tracks["p2"].outcomes == 1


def test_one_good_outcome_moves_little_and_ten_move_more() -> None:
    one = add_up([outcome()])["p1"].points
    ten = add_up([outcome(f"o{n}") for n in range(10)])["p1"].points
    assert 0 < one < ten / 2


def test_a_practice_that_workplaces_drop_loses_points() -> None:
    assert add_up([outcome(kept=False, change=-1.0)])["p1"].points < 0


def test_kept_share_is_shrunk_towards_one_half() -> None:
    assert Track().kept_share == 0.5
    assert add_up([outcome()])["p1"].kept_share == pytest.approx(3 / 5)


def test_the_order_of_outcomes_changes_nothing() -> None:
    some = [outcome(f"o{n}", change=n / 7) for n in range(9)]
    assert add_up(some) == add_up(reversed(some))


def test_the_newest_outcomes_are_shown_as_evidence() -> None:
    many = [outcome(f"o{n:02}", measured_on=f"2026-{n:02}") for n in range(1, 13)]
    newest = add_up(many)["p1"].newest
    assert newest[0] == Evidence(kind="outcome", key="o12", revision=1)
    assert len(newest) == 10


@pytest.mark.parametrize("value", [-0.1, 10.1])
def test_a_state_outside_the_scale_is_not_valid(value: float) -> None:
    with pytest.raises(ValidationError):
        measurement(TODAY, before=value)


def test_a_follow_up_lies_between_the_agreement_and_today() -> None:
    check(measurement(TODAY), agreed_on=TODAY, today=TODAY)
    with pytest.raises(Invalid, match="before"):
        check(measurement(TODAY - timedelta(days=1)), agreed_on=TODAY, today=TODAY)
    with pytest.raises(Invalid, match="future"):
        check(measurement(TODAY + timedelta(days=1)), agreed_on=TODAY, today=TODAY)


def test_the_event_names_no_organisation_and_only_the_month() -> None:
    event = recorded(outcome(), NOW)
    assert event.measured_on == "2026-11"
    assert "organisation" not in event.model_dump_json()


def test_withdrawing_is_the_next_revision() -> None:
    event = withdrawn(outcome(revision=1), NOW)
    assert (event.outcome, event.revision) == ("o1", 2)
