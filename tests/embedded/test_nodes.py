"""How many nodes a stack's broker has is settled when it is made, and stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.embedded.home import Home, open_home
from deploy.embedded.nodes import port_names, settle_nodes
from deploy.embedded.plan import DEFAULT_PORTS
from deploy.embedded.troubles import BadPlan


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home", 0)


def keep(home: Home, *nodes: str) -> None:
    for node in nodes:
        (home.store(node) / "jetstream").mkdir(parents=True)


def test_a_new_stack_has_one_node_or_as_many_as_were_asked_for(home: Home) -> None:
    assert [settle_nodes(home, asked) for asked in (0, 1, 3)] == [1, 1, 3]


@pytest.mark.parametrize("asked", [-1, 2, 4, 5])
def test_another_number_is_refused(home: Home, asked: int) -> None:
    with pytest.raises(BadPlan, match="takes 1 or 3"):
        settle_nodes(home, asked)


def test_a_stack_made_with_one_node_stays_so(home: Home) -> None:
    keep(home, "nats")
    assert [settle_nodes(home, asked) for asked in (0, 1)] == [1, 1]
    with pytest.raises(BadPlan, match="was made with one node of NATS and stays so"):
        settle_nodes(home, 3)


def test_a_stack_made_with_three_nodes_stays_so(home: Home) -> None:
    keep(home, "nats", "nats-2", "nats-3")
    assert [settle_nodes(home, asked) for asked in (0, 3)] == [3, 3]
    with pytest.raises(BadPlan, match="was made with 3 nodes of NATS and stays so"):
        settle_nodes(home, 1)


def test_a_cluster_that_never_started_is_no_cluster(home: Home) -> None:
    home.store("nats-2").mkdir()
    assert settle_nodes(home, 1) == 1
    keep(home, "nats")
    assert settle_nodes(home, 0) == 1


def test_every_node_has_ports_of_its_own_that_are_known_by_name() -> None:
    assert port_names(1) == ("nats", "monitor")
    assert len(set(port_names(3))) == 9
    assert set(port_names(3)) <= set(DEFAULT_PORTS)
    assert len(set(DEFAULT_PORTS.values())) == len(DEFAULT_PORTS)
