"""PostgreSQL and NATS, brought up side by side."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.embedded import broker, postgres
from deploy.embedded.children import Child
from deploy.embedded.home import Home
from deploy.embedded.journal import Journal
from deploy.embedded.nodes import Node, nodes_of
from deploy.embedded.plan import Plan
from deploy.embedded.postgres import Postgres
from deploy.embedded.spawning import Guise
from deploy.embedded.state import State
from deploy.embedded.transcripts import Transcript, last_complaint, rotate
from deploy.embedded.troubles import StartFailed

INITDB_SECONDS = 120.0
START_SECONDS = 300.0  # after a crash PostgreSQL first goes through its log again

WaitUntil = Callable[[Callable[[], bool], float, str], None]


@dataclass
class Foundations:
    """The servers under the services; `brokers` are the `nodes` of NATS as children, in the same order."""

    home: Home
    postgres: Postgres
    server: Child
    brokers: tuple[Child, ...]
    transcripts: tuple[Transcript, ...]
    nodes: tuple[Node, ...]

    @property
    def children(self) -> tuple[Child, ...]:
        """In the order of starting; they are stopped in the opposite order."""
        return self.server, *self.brokers

    def follow(self) -> None:
        """Keep the logs up to date."""
        for transcript in self.transcripts:
            transcript.follow()

    def bring_up(self, wait_until: WaitUntil, journal: Journal) -> None:
        """Start all and wait for all; at the first start PostgreSQL's data folder is made."""
        started = time.monotonic()
        making = self._begin_data_folder()
        for child in self.brokers:
            child.start()
        if making is not None:
            wait_until(lambda: making.poll() is not None, INITDB_SECONDS, "PostgreSQL's data folder")
            self._finish_data_folder(making)
        self.server.start()
        for child, node in zip(self.brokers, self.nodes, strict=True):
            wait_until(partial(self._is_up, child, partial(self._answers, node)), START_SECONDS, "NATS")
        if len(self.nodes) == 1:  # one of several gets from the others what it cannot read
            broker.check_streams(self.home, self.nodes[0].monitor)
        wait_until(lambda: self._is_up(self.server, self.postgres.is_ready), START_SECONDS, "PostgreSQL")
        self.postgres.provision()
        journal.step("PostgreSQL and NATS", time.monotonic() - started)

    def stuck(self) -> list[Child]:
        """The brokers that once could not write, and would take messages again if they were started anew."""
        return [
            child
            for child, node in zip(self.brokers, self.nodes, strict=True)
            if child.runs and broker.could_not_write(node.monitor) and broker.has_room(self.home, node)
        ]

    def _answers(self, node: Node) -> bool:
        if len(self.nodes) == 1:
            return broker.broker_is_ready(node.monitor)
        return broker.node_is_ready(node.monitor)

    def _is_up(self, child: Child, answers: Callable[[], bool]) -> bool:
        if child.exit_code is not None:
            self.follow()
            complaint = last_complaint(self.home.logs / f"{child.name}.log")
            raise StartFailed(f"The process {child.name} ended while starting. It says: {complaint}")
        return answers()

    def _begin_data_folder(self) -> subprocess.Popen[bytes] | None:
        # Made under another name: a start that was cut short leaves nothing half done behind.
        if self.home.postgres.exists():
            return None
        draft = self._draft
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.postgres.guise is Guise.NOBODY:
            postgres.give_to_nobody(draft)
        return self.postgres.initdb(draft)

    def _finish_data_folder(self, making: subprocess.Popen[bytes]) -> None:
        if making.returncode != 0:
            self.follow()
            complaint = last_complaint(self.home.logs / "postgres.log")
            raise StartFailed(f"PostgreSQL's data folder could not be made. initdb says: {complaint}")
        self._draft.rename(self.home.postgres)

    @property
    def _draft(self) -> Path:
        return self.home.path / "postgres.new"


def lay_foundations(home: Home, plan: Plan, state: State, settled: Postgres) -> Foundations:
    """The servers, ready to be started, with their logs."""
    nodes = nodes_of(state)
    transcripts = {name: _transcript(home, name) for name in ("postgres", *(node.name for node in nodes))}
    for node in nodes:
        home.store(node.name).mkdir(mode=0o700, exist_ok=True)
    brokers = [broker.broker(home, state, node, plan, transcripts[node.name].raw) for node in nodes]
    return Foundations(
        home=home,
        postgres=settled,
        server=settled.server(),
        brokers=tuple(brokers),
        transcripts=tuple(transcripts.values()),
        nodes=nodes,
    )


def _transcript(home: Home, name: str) -> Transcript:
    log = home.logs / f"{name}.log"
    rotate(log)
    transcript = Transcript(name, home.raw_output(name), log)
    transcript.begin()
    return transcript
