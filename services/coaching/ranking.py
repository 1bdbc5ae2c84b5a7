"""How much speaks for a practice: the published rules of the score."""

from __future__ import annotations

from collections.abc import Sequence

from services.coaching import reasons, thresholds
from services.coaching.grounds import Ground
from services.coaching.outcomes import Track
from services.coaching.reasons import Reason


def discounted(weights: Sequence[float]) -> float:
    """The sum of the weights, the heaviest whole and each further one discounted once more."""
    heaviest_first = sorted(weights, reverse=True)
    return sum(weight * thresholds.REPEAT_DISCOUNT**place for place, weight in enumerate(heaviest_first))


def judge(grounds: Sequence[Ground], track: Track) -> tuple[Reason, ...]:
    """The reasons for a practice with their points, the weightiest first."""
    needs = [ground for ground in grounds if ground.role == "need"]
    found_good = [ground for ground in grounds if ground.role == "found_good"]
    recommended = [ground for ground in grounds if ground.role == "recommended"]
    found = []
    if needs:
        found.append(reasons.of_needs(needs, _points(needs, thresholds.NEED_POINTS)))
    if found_good:
        found.append(reasons.of_found_good(found_good, _points(found_good, thresholds.FOUND_GOOD_POINTS)))
    if recommended:
        found.append(_best_recommendation(recommended))
    if track.outcomes:
        found.append(reasons.of_outcomes(track))
    return tuple(sorted(found, key=lambda reason: (-reason.points, reason.text.en)))


def score(judged: Sequence[Reason]) -> float:
    """The points together."""
    return round(sum(reason.points for reason in judged), 4)


def _points(grounds: Sequence[Ground], whole: float) -> float:
    return round(whole * discounted([ground.weight for ground in grounds]), 4)


def _best_recommendation(grounds: Sequence[Ground]) -> Reason:
    judged = [
        reasons.of_recommendation(
            ground, round(thresholds.RECOMMENDED_POINTS.get(ground.strength, 0.0) * ground.weight, 4)
        )
        for ground in grounds
    ]
    return max(judged, key=lambda reason: (reason.points, reason.text.en))
