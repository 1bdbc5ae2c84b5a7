"""One process of the stack: started, watched, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil

from deploy.embedded import backoff
from deploy.embedded.spawning import Command, spawn


@dataclass
class Child:
    """One supervised process. Times are monotonic seconds."""

    name: str
    address: str
    command: Command
    stop_signal: signal.Signals = signal.SIGTERM
    last_resort: signal.Signals = signal.SIGKILL
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    since: str = ""
    born: float = 0.0
    crashes: int = 0
    restarts: int = 0
    due: float | None = None

    def start(self) -> None:
        """Start it now."""
        self.process = spawn(self.command)
        self.started, self.due = time.monotonic(), None
        self.since = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(psutil.NoSuchProcess):
            self.born = psutil.Process(self.process.pid).create_time()

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs or was never started."""
        return self.process.poll() if self.process else None

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def tend(self) -> bool:
        """Start it again when it ended and has waited long enough; says whether anything changed."""
        now = time.monotonic()
        if self.process is None or self.runs:
            return False
        if self.due is None:
            self.crashes = backoff.crashes_in_a_row(self.crashes, now - self.started)
            self.due = now + backoff.pause(self.crashes)
            return True
        if now < self.due:
            return False
        self.start()
        self.restarts += 1
        return True

    def ask_to_stop(self) -> None:
        """Ask it to end; it will not be started again."""
        if self.process is not None and self.runs:
            self.process.send_signal(self.stop_signal)

    def end(self, patience: float) -> None:
        """Wait for the end, and enforce it when it takes longer than `patience` seconds."""
        if self.process is None:
            return
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.send_signal(self.last_resort)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def as_status(self) -> dict[str, Any]:
        """What `latu status` shows of it."""
        pid = self.process.pid if self.process and self.runs else None
        return {
            "name": self.name,
            "pid": pid,
            "born": self.born,
            "since": self.since,
            "restarts": self.restarts,
            "address": self.address,
        }
