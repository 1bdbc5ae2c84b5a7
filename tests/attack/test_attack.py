"""The long attack in short: nothing breaks the gate, and it does break a gate of which a part is missing."""

from __future__ import annotations

import pytest

from services.survey import disclosure
from services.survey.crowds import Answered, Verdicts
from services.survey.segments import Members
from tests.attack.attacker import Broken, attack
from tests.attack.rounds import make_up

SEEDS = (2, 8)


def broken(seed: int) -> list[Broken]:
    return attack(make_up(seed), seed, most=300, exact=False)[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_group_is_known_after_all_releases(seed: int) -> None:
    assert broken(seed) == []


def test_without_complementary_suppression_small_groups_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "cover", lambda _puzzle, fresh, *_checks: fresh)
    assert broken(SEEDS[0])


def test_without_bounds_for_crowds_small_groups_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "cover", lambda _puzzle, fresh, *_checks: fresh)

    def anything(answered: Answered, groups: Members) -> Verdicts:
        verdict = disclosure.np.full(len(groups), "fresh", dtype=object)
        verdict[groups @ answered.units == 0] = "empty"
        return verdict

    monkeypatch.setattr(disclosure, "safety", anything)
    assert broken(SEEDS[1])
