"""Rules of what speaks for a practice and how much."""

from __future__ import annotations

from typing import Any

import pytest

from services.coaching.grounds import of_finding, of_recommendation, settle, size, speaking_for
from tests.coaching.given import figure, indication, insight, practice, recommendation

P = practice("p1", topics=("leadership", "wellbeing"))


def weight(**more: Any) -> float:
    ground = of_finding(insight(**more), P)
    assert ground is not None
    return ground.weight


@pytest.mark.parametrize("rule", ["need", "barrier", "gap"])
def test_a_need_barrier_or_gap_on_a_topic_of_the_practice_speaks_for_it(rule: str) -> None:
    ground = of_finding(insight(rule=rule, topic="wellbeing"), P)
    assert ground is not None
    assert ground.role == "need"


@pytest.mark.parametrize("rule", ["strength", "trend"])
def test_a_strength_or_a_trend_speaks_for_nothing(rule: str) -> None:
    assert of_finding(insight(rule=rule), P) is None


def test_a_need_on_another_topic_says_nothing() -> None:
    assert of_finding(insight(topic="recruitment"), P) is None


def test_a_finding_that_names_the_practice_speaks_for_it_on_any_topic() -> None:
    assert of_finding(insight(topic="recruitment", rule="barrier", practice="p1"), P) is not None


def test_a_practice_that_workplaces_found_good_speaks_only_for_itself() -> None:
    found_good = {"rule": "practice", "direction": "high"}
    ground = of_finding(insight(practice="p1", **found_good), P)
    assert ground is not None
    assert ground.role == "found_good"
    assert of_finding(insight(practice="p2", **found_good), P) is None


@pytest.mark.parametrize(("direction", "good"), [("high", "high"), ("low", "low")])
def test_a_segment_that_is_better_off_than_the_rest_has_no_need(direction: str, good: str) -> None:
    assert of_finding(insight(rule="gap", direction=direction, good=good), P) is None


def test_a_gap_on_a_scale_whose_good_end_is_low_is_a_need_where_it_points_high() -> None:
    assert of_finding(insight(rule="gap", direction="high", good="low"), P) is not None


def test_a_ground_carries_all_that_is_shown_with_a_figure() -> None:
    fact = insight("i7", 3, synthetic=True)
    ground = of_finding(fact, P)
    assert ground is not None
    assert (ground.evidence.kind, ground.evidence.key, ground.evidence.revision) == ("insight", "i7", 3)
    assert (ground.sentence, ground.figure, ground.dated) == (fact.sentence, fact.figure, fact.released_on)
    assert (ground.tier, ground.certainty, ground.synthetic) == ("confirmed", "moderate", True)


def test_an_indication_counts_half_of_a_confirmed_finding() -> None:
    ground = of_finding(indication(), P)
    assert ground is not None
    assert ground.tier == "indication"
    assert ground.weight == pytest.approx(weight() / 2)


def test_a_surer_finding_weighs_more() -> None:
    weights = [weight(certainty=level) for level in ("very_low", "low", "moderate", "high")]
    assert weights == sorted(set(weights))


def test_findings_rank_by_the_careful_end_of_their_interval_not_by_their_estimate() -> None:
    narrow = weight(figure=figure(2.4, 2.6))
    wide = weight(figure=figure(1.4, 3.2))
    assert narrow > wide


def test_the_nearer_the_segment_the_heavier_the_finding() -> None:
    assert weight(segment={"a": "1", "b": "2"}) > weight(segment={"a": "1"}) > weight()


def test_the_first_topic_of_a_practice_counts_more_than_its_others() -> None:
    assert weight(topic="leadership") > weight(topic="wellbeing")


@pytest.mark.parametrize(
    ("given", "direction", "expected"),
    [
        (figure(2.0, 3.0), "low", 0.5),
        (figure(2.0, 3.0), "high", 0.25),
        (figure(40, 60, kind="share", unit=""), "high", 0.4),
        (figure(40, 60, kind="share", unit=""), "low", 0.4),
        (figure(0.5, 0.9, kind="difference"), "high", 0.5),
        (figure(-0.9, -0.5, kind="difference"), "low", 0.5),
        (figure(-0.1, 0.9, kind="difference"), "high", 0.0),
        (figure(3.0, 4.0, kind="difference"), "high", 1.0),
        (figure(10, 30, kind="difference", unit="%"), "high", 0.4),
        (figure(2.0, 3.0, unit="h"), "low", 0.3),
    ],
)
def test_size_is_read_at_the_careful_end(given: Any, direction: Any, expected: float) -> None:
    assert size(given, direction) == pytest.approx(expected)


def test_only_an_adopted_recommendation_speaks() -> None:
    assert of_recommendation(recommendation(practice="p1"), P) is not None
    for status in ("proposed", "under_review", "retired"):
        assert of_recommendation(recommendation(practice="p1", status=status), P) is None


def test_a_recommendation_of_another_practice_does_not_speak_for_this_one() -> None:
    assert of_recommendation(recommendation(practice="p2"), P) is None


def test_a_recommendation_that_names_the_practice_counts_more_than_one_on_its_topic() -> None:
    named = of_recommendation(recommendation(practice="p1"), P)
    on_topic = of_recommendation(recommendation(), P)
    assert named is not None
    assert on_topic is not None
    assert named.weight > on_topic.weight


def test_grounds_come_heaviest_first_and_ties_go_by_key() -> None:
    found = speaking_for(P, [insight("b"), insight("a"), insight("c", certainty="high")], [])
    assert [ground.evidence.key for ground in found] == ["c", "a", "b"]


def test_where_both_tiers_of_a_finding_stand_the_confirmed_one_counts() -> None:
    (finding,) = settle([insight("x")], [indication("x", 9)])
    assert finding.tier == "confirmed"
