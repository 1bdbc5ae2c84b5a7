"""Processes that have loaded the code of a service and become its parents: `python -m tests.faults.nursery SERVICE`.

Loading takes two or three seconds of processor time. What is killed a hundred times would spend most of the run on it:
so each is born of a process that has loaded everything, has done nothing yet, and is connected to nothing.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.embedded.plan import ROOT, SERVICES
from deploy.embedded.spawning import PR_SET_PDEATHSIG
from tests.faults import actor

_libc = ctypes.CDLL(None, use_errno=True)


class Nursery:
    """One for each service; they load side by side."""

    def __init__(self) -> None:
        self._parents = {name: _start(name) for name in SERVICES}

    def bear(self, service: str, env: Mapping[str, str], output: Path) -> int:
        """Start a process of a service, which gets this environment; returns its id."""
        parent = self._parents[service]
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(json.dumps([dict(env), str(output)]) + "\n")
        parent.stdin.flush()
        return int(parent.stdout.readline())

    def close(self) -> None:
        """End the parents; whom they bore ends with them."""
        for parent in self._parents.values():
            with parent:  # closes its input, which ends it
                pass


@dataclass
class Actor:
    """One replica of a service; `env` and `output` are those of each of its processes."""

    service: str
    env: Mapping[str, str]
    output: Path
    nursery: Nursery
    process: psutil.Process | None = None

    def start(self) -> None:
        """Start it now."""
        with suppress(psutil.NoSuchProcess):  # it may have ended already
            self.process = psutil.Process(self.nursery.bear(self.service, self.env, self.output))

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and lives(self.process)

    def ask_to_stop(self) -> None:
        """Ask it to end."""
        with suppress(psutil.NoSuchProcess):
            if self.process is not None:
                self.process.terminate()


def lives(process: psutil.Process) -> bool:
    """Whether a process has not ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _start(service: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "tests.faults.nursery", service]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def _become(service: str, env: Mapping[str, str], output: str) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    told = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, place in enumerate((nothing, told, told)):
        os.dup2(place, number)
    os.environ.update(env)
    actor.play(service)


def main() -> None:
    """Load a service, then bear one for each line, until there are no more lines."""
    service = sys.argv[1]
    gc.disable()
    actor.load(service)
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                _become(service, *json.loads(line))
            except BaseException:  # noqa: BLE001 - it must not go on as its own parent
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(1)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
