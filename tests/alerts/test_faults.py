"""Faults of a real stack are told by their alerts. `make alerts-test` makes all kinds, this only two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alerts.faults import ALL, DECK, DISK_FULL, NODE_KILLED, POISON, SERVICE_KILLED
from tests.alerts.programme import run
from tests.alerts.reading import RULES, alerts
from tests.alerts.scaling import scaled, shorter
from tests.conftest import quick_folder
from tests.faults import torment
from tests.faults.surroundings import Surroundings

EVERY = (*ALL, DISK_FULL, NODE_KILLED)


@pytest.mark.prometheus
@pytest.mark.system
async def test_a_killed_service_and_poison_are_told_and_nothing_is_before() -> None:
    lines: list[str] = []
    with quick_folder() as folder:
        seen = await run(Path(folder), (SERVICE_KILLED, POISON), Surroundings(skew=0.0), lines.append)
    assert [(one.fault.name, one.missing, one.wrong) for one in seen if one.missing or one.wrong] == []
    assert [set(one.after) for one in seen] == [set(), {"ServiceDown"}, {"DeadLettersGrow"}]


def test_every_kind_of_fault_names_alerts_that_there_are_or_says_why_none_is_needed() -> None:
    names = {alert.name for alert in alerts()}
    for fault in EVERY:
        assert set(fault.alerts) <= names
        assert bool(fault.alerts) != bool(fault.why)


def test_whatever_torments_a_stack_is_waited_for_as_a_fault_with_its_alert() -> None:
    assert set(DECK) == set(torment.DECK)
    assert set(DECK.values()) <= set(EVERY)
    assert all(fault.alerts for fault in DECK.values())


def test_durations_are_divided_and_nothing_else_changes() -> None:
    assert (shorter("1h", 30), shorter("15s", 30), shorter("3d", 30)) == ("120s", "1s", "8640s")
    rules = [rule for path in RULES for group in scaled(path, 30)["groups"] for rule in group["rules"]]
    down = next(rule for rule in rules if rule.get("alert") == "ServiceRestarts")
    assert down["expr"] == 'changes(process_start_time_seconds{job="latu"}[30s]) >= 3'
    with pytest.raises(ValueError, match="no duration"):
        shorter("soon", 30)
