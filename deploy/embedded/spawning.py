"""Starting children that end with their parent, and PostgreSQL without being root."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from deploy.embedded.plan import ROOT

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOBODY = 65_534

# Loaded before any fork: the child must not load libraries.
_libc = ctypes.CDLL(None, use_errno=True)


class Guise(StrEnum):
    """As whom a child runs."""

    SELF = "self"
    NAMESPACE = "namespace"  # inside a user namespace: an ordinary user there, us outside
    NOBODY = "nobody"


@dataclass(frozen=True)
class Command:
    """How a child is started. `death_signal` is what the kernel sends it when we die."""

    argv: Sequence[str | Path]
    output: Path
    env: Mapping[str, str] = field(default_factory=dict)
    guise: Guise = Guise.SELF
    death_signal: signal.Signals = signal.SIGKILL


def guise_for_postgres(wish: str) -> Guise:
    """PostgreSQL refuses to run as root: as whom it runs then. `wish` is a Guise, or `auto`."""
    if os.geteuid() != 0:
        return Guise.SELF
    if wish != "auto":
        return Guise(wish)
    return Guise.NAMESPACE if namespace_works() else Guise.NOBODY


def namespace_works() -> bool:
    """Whether this machine lets us make a user namespace; tried in a child."""
    pid = os.fork()
    if pid == 0:
        try:
            enter_namespace(NOBODY)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def enter_namespace(uid: int) -> None:
    """Become `uid` in an own user namespace; seen from outside nothing changes. Only in a fresh child."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{uid} {outer_gid} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start the child in a session of its own, its output appended to a file.

    Must be called from the main thread: the kernel sends the death signal when the *thread* that
    spawned ends. The supervisor has no other thread, which also makes `preexec_fn` safe.
    """
    fd = os.open(command.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            [str(part) for part in command.argv],
            stdin=subprocess.DEVNULL,
            stdout=fd,
            stderr=fd,
            cwd=ROOT if command.guise is not Guise.NOBODY else "/",
            env={**os.environ, **command.env},
            start_new_session=True,
            preexec_fn=_child_setup(command),  # noqa: PLW1509
            **_as_user(command.guise),
        )
    finally:
        os.close(fd)


def _as_user(guise: Guise) -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if guise is Guise.NOBODY else {}


def _child_setup(command: Command) -> Any:
    parent = os.getpid()

    def set_up() -> None:
        if command.guise is Guise.NAMESPACE:
            enter_namespace(NOBODY)
        # After the namespace: a change of identity clears it.
        if sys.platform == "linux":
            _libc.prctl(PR_SET_PDEATHSIG, int(command.death_signal), 0, 0, 0)
            if os.getppid() != parent:  # the parent died before we could ask to be told
                os._exit(1)

    return set_up
