"""Rules of the score."""

from __future__ import annotations

import pytest

from services.coaching.grounds import Ground, speaking_for
from services.coaching.outcomes import Track
from services.coaching.ranking import discounted, judge, score
from tests.coaching.given import insight, practice, recommendation

P = practice("p1")


def grounds(*facts: object) -> tuple[Ground, ...]:
    findings = [fact for fact in facts if hasattr(fact, "insight")]
    recommended = [fact for fact in facts if hasattr(fact, "recommendation")]
    return speaking_for(P, findings, recommended)  # type: ignore[arg-type]


def test_each_further_finding_counts_half_of_the_one_before() -> None:
    assert discounted([0.4, 0.8]) == pytest.approx(0.8 + 0.2)


def test_many_small_findings_never_outweigh_twice_the_largest() -> None:
    assert discounted([0.3] * 100) < 0.6000001


def test_every_kind_of_ground_gives_its_own_reason() -> None:
    found_good = insight("i2", rule="practice", practice="p1", direction="high")
    judged = judge(grounds(insight(), found_good, recommendation()), Track(outcomes=3, kept=3, mean_change=1))
    words = " ".join(reason.text.en for reason in judged)
    assert len(judged) == 4
    assert "1 confirmed, 0 indicative" in words
    assert "Workplaces found it good" in words
    assert "recommends it (strong)" in words
    assert "Tried and followed up 3 times, still in use 3; the state changed by +1.0" in words


def test_the_score_is_what_its_reasons_say() -> None:
    judged = judge(grounds(insight(), recommendation()), Track(outcomes=2, kept=0, mean_change=-1))
    assert score(judged) == pytest.approx(sum(reason.points for reason in judged))
    assert min(reason.points for reason in judged) < 0


def test_the_best_recommendation_counts_and_others_add_nothing() -> None:
    one = judge(grounds(recommendation("a")), Track())
    two = judge(grounds(recommendation("a"), recommendation("b", strength="good_practice")), Track())
    assert score(one) == score(two)


def test_a_strong_recommendation_counts_more_than_a_conditional_one() -> None:
    strong, conditional = (
        judge(grounds(recommendation(strength=s)), Track()) for s in ("strong", "conditional")
    )
    assert score(strong) > score(conditional)


def test_reasons_come_weightiest_first() -> None:
    points = [
        reason.points for reason in judge(grounds(insight(), recommendation()), Track(outcomes=1, kept=1))
    ]
    assert points == sorted(points, reverse=True)
