"""The data folder of a stack: its places, its lock, and whether it can be used at all."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.embedded.troubles import InUse, Trouble


@dataclass(frozen=True)
class Home:
    """Where everything of one stack lies."""

    path: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        """The store of JetStream: that of the first node where there are several."""
        return self.store("nats")

    def store(self, node: str) -> Path:
        """The store of one node of the broker."""
        return self.path / node

    @property
    def run(self) -> Path:
        """What lives only as long as the stack: socket, status, raw output."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        """One file of JSON lines for each process."""
        return self.path / "logs"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.logs / f"{name}.log"

    def raw_output(self, name: str) -> Path:
        """Where a program that knows no JSON writes, before it is put into its log."""
        return self.run / f"{name}.out"

    def gate(self, before: str) -> Path:
        """The file whose appearance lets those go on who wait before the `preparation` or the `services`."""
        return self.run / f"before-{before}.open"

    @property
    def status_file(self) -> Path:
        """What the supervisor last said about its processes."""
        return self.run / "status.json"

    @property
    def state_file(self) -> Path:
        """What must stay from start to start: ports and the broker's password."""
        return self.path / "state.json"

    @property
    def secret_file(self) -> Path:
        """The key of all keyed hashes; it must outlive the data."""
        return self.path / "secrets" / "key"

    @property
    def partners_file(self) -> Path:
        """The broker's accounts of the partners: the campaign writes them, every node reads them."""
        return self.path / "partners.conf"

    @property
    def lock_file(self) -> Path:
        """Held by the one supervisor of this folder."""
        return self.path / "lock"


def open_home(path: Path, min_free_mb: int) -> Home:
    """Make the folder if it is not there, and see that it can be written and has room.

    Raises:
        Trouble: it cannot be written, or less than `min_free_mb` MiB are free.
    """
    home = Home(path)
    try:
        for folder in (home.path, home.run, home.logs, home.nats, home.secret_file.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_room(home, min_free_mb)
        _make_secret(home.secret_file)
    except FileExistsError as error:
        raise Trouble(f"{error.filename} is a file, but a folder is needed there.") from error
    except OSError as error:
        raise Trouble(f"The data folder {path} cannot be used: {error.strerror or error}.") from error
    return home


def _check_room(home: Home, min_free_mb: int) -> None:
    free_mb = shutil.disk_usage(home.path).free // 2**20
    if free_mb < min_free_mb:
        raise Trouble(
            f"Only {free_mb} MB are free where the data folder {home.path} lies, and {min_free_mb} MB are "
            "needed. Make room, choose another folder with LATU_HOME, or lower LATU_MIN_FREE_MB."
        )


def _make_secret(path: Path) -> None:
    if not path.exists():
        write_private(path, secrets.token_hex(32) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_status(home: Home) -> dict[str, Any] | None:
    """What the supervisor last wrote about itself, or None."""
    try:
        status = json.loads(home.status_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return status if isinstance(status, dict) else None


@contextmanager
def held(home: Home, patience: float = 1.0) -> Iterator[None]:
    """Hold the folder's lock; the kernel lets go of it however we end.

    Patient for a moment: whoever only looks whether it is held holds it for as long as the look takes.

    Raises:
        InUse: another supervisor has it.
    """
    deadline = time.monotonic() + patience
    with home.lock_file.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise InUse(f"Another Latu already runs on the data folder {home.path}.") from error
                time.sleep(0.02)
        yield


def is_held(home: Home) -> bool:
    """Whether some supervisor holds the folder now."""
    if not home.lock_file.exists():
        return False
    try:
        with held(home, patience=0):
            return False
    except InUse:
        return True
