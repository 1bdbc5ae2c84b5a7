"""The supervisor: starts the stack, keeps it running, stops it in order."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psutil

from deploy.embedded.children import Child
from deploy.embedded.foundations import lay_foundations
from deploy.embedded.health import is_ready
from deploy.embedded.home import held, open_home, read_status, write_private
from deploy.embedded.journal import Journal
from deploy.embedded.leftovers import end_leftovers
from deploy.embedded.plan import Plan
from deploy.embedded.ports import is_free
from deploy.embedded.settled import Settled, settle
from deploy.embedded.transcripts import last_complaint, rotate
from deploy.embedded.troubles import PortTaken, StartFailed
from deploy.embedded.wakeup import Wakeup

TICK_SECONDS = 1.0
LOOK_SECONDS = 5.0
START_TICK_SECONDS = 0.02
PREPARE_SECONDS = 60.0
SERVICES_SECONDS = 90.0
CRASHES_AT_START = 3
# A service lets requests, consumers, relay and timers finish one after the other (shared/http.py): with
# a broker that hangs, about 30 seconds.
PATIENCE_SECONDS = 35.0


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


def supervise(plan: Plan, journal: Journal, wakeup: Wakeup) -> None:
    """Start everything, watch over it until told to stop, stop everything. Only in the main thread.

    Raises:
        Trouble: the stack could not be started; nothing is left running.
    """
    began = time.monotonic()
    home = open_home(plan.home, plan.min_free_mb)
    with wakeup.listening(), held(home):
        journal.log = home.log("supervisor")
        rotate(journal.log)
        for name in end_leftovers(read_status(home), home.postgres):
            journal.say(f"{name} was left over from an earlier start and has been ended.", "warning")
        crew = Crew(settle(home, plan, journal), journal, wakeup)
        try:
            crew.start(began)
            crew.watch()
        except Stopped:
            journal.note("asked to stop while starting")
        finally:
            crew.stop()


class Crew:
    """All processes of one stack, tended by one thread."""

    def __init__(self, settled: Settled, journal: Journal, wakeup: Wakeup) -> None:
        self.settled = settled
        self.journal = journal
        self.wakeup = wakeup
        self.foundations = lay_foundations(settled.home, settled.plan, settled.state, settled.postgres)
        self.preparation: Child | None = None
        self.services: list[Child] = []
        self.phase = "starting"
        self.since = datetime.now(UTC).isoformat(timespec="seconds")
        self.took: float | None = None
        self.untold = False
        self.sign_in: dict[str, str] = {}

    def start(self, began: float) -> None:
        """Bring everything up; `began` is when the supervisor did."""
        self.settled.close_gates()
        self._write_status()
        self._load()
        self.foundations.bring_up(self._wait_until, self.journal)
        if self.preparation is not None:
            self._prepare(self.preparation)
        self.settled.home.gate("services").touch()
        self._wait_for_services()
        self.phase, self.took = "ready", round(time.monotonic() - began, 2)
        self._write_status()
        self.journal.note(f"everything is up after {self.took} s")
        self.journal.tell({"ready": self.status()})

    def watch(self) -> None:
        """Start again what ends, until told to stop."""
        looked = time.monotonic()
        while not self.wakeup.stopping:
            self.wakeup.wait(self._until_due())
            if time.monotonic() - looked > LOOK_SECONDS:
                self._free_brokers()
                looked = time.monotonic()
            changed = [child for child in self._children() if child.tend()]
            for child in changed:
                self._report(child)
            self.untold = self.untold or bool(changed)
            self._keep_up()

    def _keep_up(self) -> None:
        with suppress(OSError):  # a full disk must not end what still runs: it is written once there is room
            if self.untold:
                self._write_status()
                self.untold = False
            self.foundations.follow()

    def _free_brokers(self) -> None:
        for child in self.foundations.stuck():
            self.journal.say(f"{child.name} could not write, has room again, and is started anew.", "error")
            child.ask_to_stop()

    def stop(self) -> None:
        """End the services, then the broker, then the database."""
        self.phase, self.untold = "stopping", True
        self._keep_up()
        if self.preparation is not None:
            self.preparation.end(patience=0)
        _end(self.services)
        for child in reversed(self.foundations.children):
            _end([child])
        self._keep_up()
        self.settled.clean_up()
        self.journal.note("everything has ended")

    def status(self) -> dict[str, Any]:
        """What others may know of this stack; holds the broker's password."""
        born = psutil.Process().create_time()
        return {
            "phase": self.phase,
            "supervisor": {"pid": os.getpid(), "born": born, "since": self.since},
            "took": self.took,
            "sign_in": self.sign_in,
            "processes": [child.as_status() for child in self._children()],
            **self.settled.addresses,
        }

    def _load(self) -> None:
        settled = self.settled
        if settled.plan.prepare and settled.plan.services:
            self.preparation = settled.preparation()
            self.preparation.start()
        for name in settled.plan.services:
            rotate(settled.home.log(name))
            self.services.append(settled.service(name))
            self.services[-1].start()
        self._write_status()

    def _prepare(self, child: Child) -> None:
        began = time.monotonic()
        self.settled.home.gate("preparation").touch()
        output = child.command.output
        self._wait_until(lambda: not child.runs, PREPARE_SECONDS, "streams and accounts")
        if child.exit_code != 0:
            raise StartFailed(f"Streams and accounts could not be made: {last_complaint(output)}")
        self.sign_in = json.loads(output.read_text(encoding="utf-8").strip().splitlines()[-1])
        output.unlink()
        self.journal.step("streams and accounts", time.monotonic() - began)

    def _wait_for_services(self) -> None:
        began = time.monotonic()
        waiting = list(self.services)

        def all_ready() -> bool:
            for child in list(waiting):
                self._see_that_it_lives(child)
                if is_ready(child.address):
                    waiting.remove(child)
                    self.journal.step(child.name, time.monotonic() - began)
            return not waiting

        self._wait_until(all_ready, SERVICES_SECONDS, "the services")

    def _see_that_it_lives(self, child: Child) -> None:
        child.tend()
        if child.runs:
            return
        port = self.settled.state.ports[child.name]
        if not is_free(port):
            raise PortTaken(f"Port {port} for {child.name} was taken by another program. Start again.")
        if child.crashes >= CRASHES_AT_START:
            complaint = last_complaint(self.settled.home.log(child.name))
            raise StartFailed(f"The service {child.name} does not come up. It says: {complaint}")

    def _wait_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if self.wakeup.stopping:
                raise Stopped
            if time.monotonic() > deadline:
                logs = self.settled.home.logs
                raise StartFailed(f"Waited {seconds:.0f} s for {what}, in vain. The logs are in {logs}.")
            self.wakeup.wait(START_TICK_SECONDS)

    def _until_due(self) -> float:
        due = [child.due - time.monotonic() for child in self._children() if child.due is not None]
        return max(0.0, min([TICK_SECONDS, *due]))

    def _report(self, child: Child) -> None:
        if child.due is None:
            self.journal.say(f"{child.name} was started again.")
            return
        wait = child.due - time.monotonic()
        ended = f"{child.name} ended (exit code {child.exit_code})"
        self.journal.say(f"{ended}; it starts again in {wait:.1f} s.", "error")

    def _children(self) -> tuple[Child, ...]:
        return (*self.foundations.children, *self.services)

    def _write_status(self) -> None:
        write_private(self.settled.home.status_file, json.dumps(self.status(), indent=1))


def _end(children: Iterable[Child]) -> None:
    asked = list(children)
    for child in asked:
        child.ask_to_stop()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for child in asked:
        child.end(max(0.1, deadline - time.monotonic()))
