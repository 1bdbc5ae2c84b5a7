"""Ports are found once and kept; a named one is taken or refused."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from deploy.embedded.plan import usual_plan
from deploy.embedded.ports import choose_ports, is_free
from deploy.embedded.troubles import BadPlan, PortTaken


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def said() -> list[str]:
    return []


def test_a_port_is_busy_only_while_somebody_listens(busy: int) -> None:
    assert not is_free(busy)
    with socket.create_connection(("127.0.0.1", busy)):
        pass
    assert not is_free(busy)


def test_a_remembered_port_is_kept(said: list[str]) -> None:
    first = choose_ports(["survey", "nats"], {}, {}, True, said.append)
    assert choose_ports(["survey", "nats"], {}, first, True, said.append) == first
    assert said == []


def test_a_remembered_port_that_a_stranger_has_taken_is_replaced_and_said(busy: int, said: list[str]) -> None:
    chosen = choose_ports(["survey"], {}, {"survey": busy}, False, said.append)
    assert chosen["survey"] != busy
    assert said == [f"Port {busy} is taken by another program; survey is at {chosen['survey']} instead."]


def test_a_named_port_that_is_busy_is_refused(busy: int, said: list[str]) -> None:
    with pytest.raises(PortTaken, match=f"Port {busy} for survey is taken by another program"):
        choose_ports(["survey"], {"survey": busy}, {}, False, said.append)


def test_one_port_is_never_given_twice(said: list[str]) -> None:
    free = choose_ports(["survey"], {}, {}, True, said.append)["survey"]
    chosen = choose_ports(["coaching", "survey"], {"survey": free}, {"coaching": free}, False, said.append)
    assert chosen["survey"] == free != chosen["coaching"]
    with pytest.raises(PortTaken, match="already given"):
        choose_ports(["coaching", "survey"], {"survey": free, "coaching": free}, {}, False, said.append)


@pytest.mark.parametrize("text", ["survey", "survey=", "survey=0", "survey=65536", "survey=x", "kitchen=80"])
def test_a_port_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadPlan, match="A port is named like survey=9001"):
        usual_plan([text])


def test_ports_are_named_by_the_environment_and_by_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATU_PORTS", "survey=9001, nats=4333")
    assert usual_plan(["survey=9009"]).ports == {"survey": 9009, "nats": 4333}
