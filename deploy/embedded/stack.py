"""A stack as others see it: found, started, used, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deploy.embedded.broker import monitor_key
from deploy.embedded.health import fetch, is_ready, socket_answers
from deploy.embedded.home import Home, is_held, read_status
from deploy.embedded.plan import ROOT, Plan, usual_plan
from deploy.embedded.postgres import SOCKET_NAME, database_url
from deploy.embedded.troubles import NotRunning, StartFailed, Trouble

STOP_SECONDS = 75.0
Hear = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Stack:
    """The addresses of a running stack."""

    home: Path
    status: Mapping[str, Any]

    @property
    def urls(self) -> dict[str, str]:
        """The address of each service, by its name."""
        entries = self.status["processes"]
        return {entry["name"]: entry["address"] for entry in entries if entry["address"].startswith("http")}

    @property
    def nats_url(self) -> str:
        """Where the broker is, with the password; of several nodes all, with commas between."""
        return str(self.status["nats_url"])

    @property
    def nats_system_url(self) -> str:
        """The same for whoever has its nodes read their configuration again."""
        return str(self.status["nats_system_url"])

    @property
    def monitor_url(self) -> str:
        """Where the broker tells about itself: /varz, /jsz, /healthz."""
        return str(self.status["monitor_url"])

    @property
    def sockets(self) -> Path:
        """The folder with PostgreSQL's socket."""
        return Path(self.status["sockets"])

    @property
    def phase(self) -> str:
        """`starting`, `ready` or `stopping`."""
        return str(self.status["phase"])

    def health(self) -> dict[str, bool]:
        """Whether each process answers now."""
        return {entry["name"]: self._answers(entry) for entry in self.status["processes"]}

    def _answers(self, entry: Mapping[str, Any]) -> bool:
        if entry["name"] == "postgres":
            return socket_answers(self.sockets / SOCKET_NAME)
        monitor = self.status.get(monitor_key(entry["name"]))
        if monitor is not None:
            return fetch(f"{monitor}/healthz")[0] == 200
        return is_ready(entry["address"])

    @property
    def sign_in(self) -> dict[str, str]:
        """`name` and `password` of the first account."""
        return dict(self.status["sign_in"])

    @property
    def seconds(self) -> float:
        """How long the start took."""
        return float(self.status["took"])

    def database_url(self, role: str, database: str | None = None) -> str:
        """A database as a role sees it (role `postgres` may do everything), as SQLAlchemy takes it."""
        return database_url(self.sockets, role, database)


def find_stack(home: Path, ready: bool = True) -> Stack | None:
    """The running stack of this data folder; with `ready=False` also one that is not ready yet."""
    status = read_status(Home(home)) if is_held(Home(home)) else None
    if status is None or (ready and status["phase"] != "ready"):
        return None
    return Stack(home, status)


def wait_for_stack(home: Path, seconds: float) -> Stack:
    """The stack of this folder, when another process is just starting it.

    Raises:
        NotRunning: nobody starts one, or it does not get ready in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and is_held(Home(home)):
        stack = find_stack(home)
        if stack:
            return stack
        time.sleep(0.2)
    raise NotRunning(f"Latu is not running on the data folder {home}.")


@contextmanager
def own_stack(plan: Plan, hear: Hear = lambda _: None) -> Iterator[Stack]:
    """A stack for as long as the block lasts; it also ends when we do, however we end.

    Raises:
        Trouble: it could not be started.
    """
    process = _launch(plan, attached=True)
    try:
        yield _wait_for_ready(plan, process, hear)
    finally:
        process.terminate()
        if process.stdin:
            process.stdin.close()
        _reap(process)


@contextmanager
def running_stack(home: Path, say: Callable[[str], None]) -> Iterator[Stack]:
    """The running stack, or else one of our own for as long as the block lasts, which is said.

    Raises:
        Trouble: none runs and none could be started.
    """
    stack = find_stack(home) or (wait_for_stack(home, STOP_SECONDS) if is_held(Home(home)) else None)
    if stack:
        yield stack
        return

    def hear(message: Mapping[str, Any]) -> None:
        if "said" in message:
            say(message["said"])

    say(f"Latu is not running on {home}: starting it for this command only.")
    with own_stack(replace(usual_plan(), home=home), hear) as own:
        yield own


def start_stack(plan: Plan, hear: Hear = lambda _: None) -> Stack:
    """Start a stack that goes on after us.

    Raises:
        Trouble: it could not be started; nothing of it is left.
    """
    process = _launch(plan, attached=False)
    try:
        return _wait_for_ready(plan, process, hear)
    except BaseException:
        process.terminate()
        _reap(process)
        raise


def stop_stack(home: Path) -> None:
    """Stop the stack of this folder and wait for its end.

    Raises:
        NotRunning: there is none.
        Trouble: it did not end in time.
    """
    place = Home(home)
    status = read_status(place)
    if not is_held(place) or status is None:
        raise NotRunning(f"Latu is not running on the data folder {home}.")
    os.kill(int(status["supervisor"]["pid"]), signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_held(place):
        if time.monotonic() > deadline:
            raise Trouble(f"Latu did not end within {STOP_SECONDS:.0f} s; its log is in {place.logs}.")
        time.sleep(0.05)


def _launch(plan: Plan, attached: bool) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "deploy.embedded", plan.as_json(), *(["--attached"] if attached else [])]
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        start_new_session=True,
    )


def _wait_for_ready(plan: Plan, process: subprocess.Popen[bytes], hear: Hear) -> Stack:
    last = ""
    for line in process.stdout or ():
        try:
            message = json.loads(line)
        except ValueError:
            last = line.decode("utf-8", "replace").strip() or last
            continue
        if "ready" in message:
            return Stack(plan.home, message["ready"])
        if "trouble" in message:
            raise _trouble(message)
        hear(message)
    raise StartFailed(f"The supervisor ended while starting. {last}".strip())


def _trouble(message: Mapping[str, Any]) -> Trouble:
    code, sentence = int(message["exit_code"]), str(message["trouble"])
    return next((kind for kind in Trouble.__subclasses__() if kind.exit_code == code), Trouble)(sentence)


def _reap(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
