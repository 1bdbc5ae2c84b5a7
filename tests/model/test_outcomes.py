"""Outcomes in sum: nobody's follow-up can be read from them."""

from __future__ import annotations

from math import sqrt

import pytest
from scipy import stats

from services.model.outcomes import OutcomeSummary, band, kept_share, mean_change, safe_to_show, summarise
from tests.model.given import outcome, outcomes


def summary(n: int, **changes: object) -> OutcomeSummary:
    found = summarise(outcomes(n, **changes))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_no_outcomes_have_no_summary() -> None:
    assert summarise(()) is None


def test_fewer_than_five_outcomes_are_few_and_have_no_figure() -> None:
    few = summary(4)
    assert (few.n_band, few.kept, few.change, few.verdict) == ("few", None, None, "unclear")


def test_five_outcomes_have_figures_with_intervals_and_a_band() -> None:
    five = summary(5)
    assert five.change is not None
    assert five.kept is not None
    assert (five.n_band, five.change.n_band, five.kept.estimate) == ("5–9", "5–9", 80)


@pytest.mark.parametrize("dropped", [0, 6])
def test_the_kept_share_is_not_shown_while_all_say_the_same(dropped: int) -> None:
    assert summary(6, dropped=dropped).kept is None


@pytest.mark.parametrize(("kept", "n"), [(7, 10), (1, 6), (29, 30)])
def test_the_kept_share_has_wilsons_interval_rounded_outward(kept: int, n: int) -> None:
    exact = stats.binomtest(kept, n).proportion_ci(method="wilson")
    figure = kept_share([i < kept for i in range(n)])
    assert figure.low <= 100 * exact.low < figure.low + 1
    assert figure.high - 1 < 100 * exact.high <= figure.high


def test_the_mean_change_has_students_interval_rounded_outward() -> None:
    changes = [3.0, -1.0, 4.0, 2.0, 0.0, 5.0]
    low, high = stats.t.interval(0.95, 5, loc=sum(changes) / 6, scale=stats.sem(changes))
    figure = mean_change(changes)
    assert figure.low <= low < figure.low + 0.1
    assert figure.high - 0.1 < high <= figure.high
    assert figure.estimate == 2.2


def test_equal_changes_do_not_pretend_to_be_exact() -> None:
    figure = mean_change([2.0] * 5)
    assert figure.high - figure.low >= 2 * stats.t.ppf(0.975, 4) / sqrt(5)


def test_outcomes_support_when_most_kept_it_and_things_got_better() -> None:
    assert summary(12).verdict == "supports"


def test_outcomes_speak_against_when_most_dropped_it() -> None:
    assert summary(12, dropped=11).verdict == "against"


def test_outcomes_speak_against_when_things_got_worse() -> None:
    assert summary(12, before=7, after=4).verdict == "against"


def test_outcomes_that_could_go_either_way_are_unclear() -> None:
    assert summary(12, dropped=5).verdict == "unclear"


def test_outcomes_that_were_kept_without_getting_better_are_unclear() -> None:
    assert summary(12, before=5, after=5.2).verdict == "unclear"


def test_ten_outcomes_are_enough_and_nine_are_not() -> None:
    assert (summary(9).enough, summary(10).enough) == (False, True)


def test_the_order_of_outcomes_does_not_matter() -> None:
    told = [*outcomes(9, dropped=2, before=1.1), outcome("x", before=3.3, after=9.1)]
    assert summarise(told) == summarise(told[::-1])


@pytest.mark.parametrize(
    ("n", "expected"),
    [(1, "few"), (4, "few"), (5, "5–9"), (9, "5–9"), (10, "10–19"), (199, "100–199"), (500, "500+")],
)
def test_counts_are_told_as_bands(n: int, expected: str) -> None:
    assert band(n) == expected


def test_a_summary_that_differs_by_few_outcomes_waits() -> None:
    before, now = summary(8), summary(9)
    assert safe_to_show(now, (before,)) == before


def test_a_summary_that_differs_by_enough_outcomes_is_shown() -> None:
    before, now = summary(8), summary(13)
    assert safe_to_show(now, (before,)) == now


def test_a_correction_of_one_outcome_waits_too() -> None:
    before = summary(8)
    now = summarise((*outcomes(8)[:-1], outcome("o07", revision=2, after=1)))
    assert safe_to_show(now, (before,)) == before


def test_a_withdrawal_that_would_tell_of_one_outcome_waits() -> None:
    before, now = summary(5), summary(4)
    assert safe_to_show(now, (before,)) == now  # five went out of sight at once
    before, now = summary(9), summary(8)
    assert safe_to_show(now, (before,)) == before


def test_every_summary_ever_shown_counts_not_only_the_last() -> None:
    first, second, now = summary(6), summary(12), summary(7)
    assert safe_to_show(now, (first, second)) == second
