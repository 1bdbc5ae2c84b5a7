"""Every release spends a share of the error that was announced beforehand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.survey.looks import TooManyLooks, discoveries, look_is_due, plan_look, planned_days
from services.survey.thresholds import CLOSING_SHARE, INTERIM_SHARE
from tests.survey.asked import round_


def test_early_looks_share_a_part_and_the_close_has_the_rest() -> None:
    open_ = round_(planned_looks=4)
    look, spent = None, 0.0
    for _ in range(4):
        look = plan_look(open_, look)
        spent += look.share
    closing = plan_look(round_(planned_looks=4, status="closed"), look)
    assert spent == pytest.approx(INTERIM_SHARE.value)
    assert spent + closing.share == pytest.approx(1)
    assert closing.share == pytest.approx(CLOSING_SHARE.value)
    assert (closing.number, closing.final) == (5, True)


def test_a_round_without_early_looks_spends_everything_at_the_close() -> None:
    assert plan_look(round_(planned_looks=0, status="closed"), None).share == 1.0


def test_no_early_look_beyond_those_planned() -> None:
    first = plan_look(round_(planned_looks=1), None)
    with pytest.raises(TooManyLooks, match="planned are used"):
        plan_look(round_(planned_looks=1), first)


def test_a_correction_repeats_the_last_look_and_uses_up_none() -> None:
    first = plan_look(round_(planned_looks=1), None)
    again = plan_look(round_(planned_looks=1), first, correction=True)
    assert (again.number, again.used, again.share) == (2, 1, first.share)


def test_a_release_after_the_close_repeats_the_closing_look() -> None:
    closed = round_(planned_looks=2, status="closed")
    first = plan_look(closed, None)
    assert plan_look(closed, first).share == first.share == pytest.approx(CLOSING_SHARE.value)


def test_planned_days_lie_evenly_within_the_round() -> None:
    fielded = round_(planned_looks=4, opens_on=date(2026, 1, 1), closes_on=date(2026, 1, 31))
    assert planned_days(fielded) == tuple(date(2026, 1, day) for day in (7, 13, 19, 25))


def test_planned_days_that_were_missed_make_one_look_due() -> None:
    fielded = round_(planned_looks=4, opens_on=date(2026, 1, 1), closes_on=date(2026, 1, 31))
    assert not look_is_due(fielded, None, date(2026, 1, 6))
    assert look_is_due(fielded, None, date(2026, 1, 20))
    assert not look_is_due(fielded, date(2026, 1, 20), date(2026, 1, 24))
    assert look_is_due(fielded, date(2026, 1, 20), date(2026, 1, 25))


@given(st.lists(st.floats(0, 1), max_size=30))
def test_discoveries_are_those_of_the_step_up_procedure(values: list[float]) -> None:
    p = np.array(values)
    ordered = sorted(values)
    passed = [rank for rank, value in enumerate(ordered, 1) if value <= 0.05 * rank / len(values)]
    bound = ordered[passed[-1] - 1] if passed else -1.0
    assert discoveries(p, 0.05).sum() >= len([v for v in values if v < bound])
    assert set(np.flatnonzero(discoveries(p, 0.05))) <= {i for i, v in enumerate(values) if v <= bound}
    assert discoveries(p, 0.05).sum() == (passed[-1] if passed else 0)
