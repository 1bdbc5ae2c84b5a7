"""What an earlier supervisor left running when it was killed, and how it is ended."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

PATIENCE_SECONDS = 8.0


def end_leftovers(status: Mapping[str, Any] | None, postgres_data: Path) -> list[str]:
    """End the processes of an earlier start that still run; returns their names.

    A process counts as ours only if it was born when the status file says: numbers are used again.
    """
    found = dict(_recorded(status.get("processes", []) if status else []))
    postmaster = live_postmaster(postgres_data)
    if postmaster is not None:
        found["postgres"] = postmaster
    for name, process in found.items():
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
    _, alive = psutil.wait_procs(list(found.values()), timeout=PATIENCE_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=PATIENCE_SECONDS)
    _drop_stale_pid_file(postgres_data)
    return sorted(found)


def _recorded(processes: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, psutil.Process]]:
    for entry in processes:
        with suppress(psutil.NoSuchProcess, KeyError, TypeError, ValueError):
            process = psutil.Process(int(entry["pid"]))
            if abs(process.create_time() - float(entry["born"])) < 1.0:
                yield str(entry["name"]), process


def live_postmaster(data: Path) -> psutil.Process | None:
    """The PostgreSQL that runs on this data folder, if there is one."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])
        process = psutil.Process(pid)
        command = process.cmdline()
    except (OSError, ValueError, psutil.Error):
        return None
    return process if str(data) in command and "postgres" in command[0] else None


def _drop_stale_pid_file(data: Path) -> None:
    # PostgreSQL clears a stale file itself, except when another program got the number in between.
    if live_postmaster(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)
