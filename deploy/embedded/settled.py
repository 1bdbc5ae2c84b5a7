"""What is settled before anything starts: places, ports, programs; and what a service is told of it."""

from __future__ import annotations

import shutil
import signal
import sys
from dataclasses import dataclass

from deploy.embedded.broker import check_store, monitor_key, move_streams, nats_url, system_url
from deploy.embedded.children import Child
from deploy.embedded.door import DOORS, port_of
from deploy.embedded.home import Home
from deploy.embedded.journal import Journal
from deploy.embedded.nodes import nodes_of, port_names, settle_nodes
from deploy.embedded.plan import HOST, SERVICES, Plan
from deploy.embedded.ports import choose_ports
from deploy.embedded.postgres import Postgres, database_url, settle_postgres
from deploy.embedded.spawning import Command
from deploy.embedded.state import State, load_state, save_state
from deploy.embedded.troubles import BadPlan


@dataclass(frozen=True)
class Settled:
    """One stack that can be started."""

    home: Home
    plan: Plan
    state: State
    postgres: Postgres

    @property
    def addresses(self) -> dict[str, str]:
        """Where the foundations are; the broker's addresses hold the passwords."""
        return {"sockets": str(self.postgres.sockets), **self.brokers, **self.monitors}

    @property
    def brokers(self) -> dict[str, str]:
        """The broker's addresses, for the services and for who has it read its configuration again."""
        state, door = self.state, self.plan.door
        return {"nats_url": nats_url(state, door), "nats_system_url": system_url(state, door)}

    @property
    def monitors(self) -> dict[str, str]:
        """Where each node of the broker tells of itself, by its name in the status."""
        return {monitor_key(node.name): f"http://{HOST}:{node.monitor}" for node in nodes_of(self.state)}

    def service_url(self, service: str) -> str:
        """Where a service answers."""
        return f"http://{HOST}:{self.state.ports[service]}"

    def environment(self) -> dict[str, str]:
        """What every process of ours is told."""
        told = {
            "LATU_HOME": str(self.home.path),
            "LATU_HOST": HOST,
            "LATU_NATS_URL": self.brokers["nats_url"],
            "LATU_NATS_MONITOR_URL": ",".join(self.monitors.values()),
            "LATU_STAFF_DATABASE_URL": database_url(self.postgres.sockets, "staff"),
        }
        if self.state.nats_nodes > 1:
            told["LATU_STREAM_REPLICAS"] = str(self.state.nats_nodes)
        for service in SERVICES:
            if service in self.state.ports:
                told[f"LATU_{service.upper()}_URL"] = self.service_url(service)
        return told

    def service(self, name: str) -> Child:
        """A service as a child. If we are killed the kernel kills it at once: it is built to be killed."""
        told = self.environment() | {
            "LATU_PORT": str(self.state.ports[name]),
            "LATU_DATABASE_URL": database_url(self.postgres.sockets, name),
        }
        if name == "campaign":
            told["LATU_NATS_SYSTEM_URL"] = self.brokers["nats_system_url"]
            told["LATU_PARTNERS_FILE"] = str(self.home.partners_file)
        gate, module = str(self.home.gate("services")), f"{self.plan.package}.{name}"
        argv = [sys.executable, "-m", "deploy.embedded.gate", gate, module]
        command = Command(argv, self.home.log(name), told, death_signal=signal.SIGKILL)
        return Child(name, self.service_url(name), command)

    def preparation(self) -> Child:
        """What makes streams and accounts, and ends; its output is how to sign in."""
        output = self.home.raw_output("preparation")
        output.unlink(missing_ok=True)
        argv = [sys.executable, "-m", "deploy.embedded.preparation"]
        return Child("preparation", "", Command(argv, output, self.environment()))

    def close_gates(self) -> None:
        """Let nobody pass until the way is free."""
        for before in ("preparation", "services"):
            self.home.gate(before).unlink(missing_ok=True)

    def clean_up(self) -> None:
        """Remove what must not outlive the stack."""
        self.home.status_file.unlink(missing_ok=True)
        self.close_gates()
        if self.postgres.sockets != self.home.run:
            shutil.rmtree(self.postgres.sockets, ignore_errors=True)


def settle(home: Home, plan: Plan, journal: Journal) -> Settled:
    """Look at everything that could be wrong before anything is started or changed.

    Raises:
        Trouble: something is.
    """
    check_store(home)
    state = load_state(home)
    state.nats_nodes = settle_nodes(home, plan.nats_nodes)
    if state.nats_nodes > 1 and "tcp" in plan.door:
        raise BadPlan(
            f"{DOORS['tcp']} is for a broker of one node; one of three has a door by WebSocket only."
        )
    names = (*plan.services, *port_names(state.nats_nodes))
    named = {**plan.ports, **port_of(plan.door)}
    state.ports |= choose_ports(names, named, state.ports, plan.any_port, journal.say)
    postgres = settle_postgres(home, plan)
    save_state(home, state)
    move_streams(home)
    return Settled(home, plan, state, postgres)
