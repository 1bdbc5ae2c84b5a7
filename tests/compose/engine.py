"""The container engine of this machine, Docker or Podman, and what is asked of it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Where no systemd runs, Podman needs to be told to keep its own groups and events, and no limit above ours.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
{runtime}
"""
MOST_PROCESSES = 4096


class NoEngine(Exception):
    """There is nothing here that runs containers; the sentence says what is missing."""


@dataclass(frozen=True)
class Engine:
    """`docker` or `podman`, the command line that reads compose files, and what both find in the environment."""

    name: str
    compose: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Ask the engine; its output is in the result.

        Raises:
            subprocess.CalledProcessError: it says no; its sentence is in `stderr`.
        """
        return subprocess.run(
            [self.name, *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=check,
        )

    def has(self, image: str) -> bool:
        """Whether an image is here."""
        return self.run("image", "inspect", image, check=False).returncode == 0

    def megabytes(self, image: str) -> int:
        """The size of an image with all that it is built on."""
        return int(self.run("image", "inspect", "--format", "{{.Size}}", image).stdout) // 10**6

    def is_healthy(self, container: str) -> bool:
        """Whether the health check of a container passes."""
        if self.name == "podman":  # without systemd nothing runs it by itself
            return self.run("healthcheck", "run", container, check=False).returncode == 0
        told = self.run("inspect", "--format", "{{.State.Health.Status}}", container, check=False)
        return told.stdout.strip() == "healthy"

    def pid(self, container: str) -> int:
        """The number of a container's process on this machine; nought while it does not run."""
        told = self.run("inspect", "--format", "{{.State.Pid}}", container, check=False).stdout.strip()
        return int(told or 0)

    def exit_code(self, container: str) -> int:
        """How a container that was stopped ended."""
        return int(self.run("inspect", "--format", "{{.State.ExitCode}}", container).stdout)


def find_engine(folder: Path) -> Engine:
    """The engine of this machine; `folder` is where a configuration of our own can lie.

    Raises:
        NoEngine: there is none that works.
    """
    if os.geteuid() != 0:
        raise NoEngine("killing the processes of containers needs root")
    if _works("docker", "info") and _works("docker", "compose", "version"):
        return Engine("docker", ("docker", "compose"))
    if not shutil.which("podman"):
        raise NoEngine("neither Docker with its compose plugin nor Podman is on this machine")
    reader = shutil.which(
        "podman-compose", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if reader is None:
        raise NoEngine("Podman is here, but podman-compose is not: `make compose-test` installs it")
    engine = Engine("podman", (reader,), _without_systemd(folder))
    told = engine.run("info", check=False)
    if told.returncode:
        raise NoEngine(f"Podman does not work here: {told.stderr.strip().splitlines()[-1]}")
    return engine


def _works(*command: str) -> bool:
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _without_systemd(folder: Path) -> dict[str, str]:
    if Path("/run/systemd/system").exists() or "CONTAINERS_CONF" in os.environ:
        return {}
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    most = MOST_PROCESSES if processes == resource.RLIM_INFINITY else min(processes, MOST_PROCESSES)
    runtime = 'runtime = "runc"' if shutil.which("runc") else ""
    place = folder / "containers.conf"
    place.write_text(CONTAINERS_CONF.format(files=files, processes=most, runtime=runtime))
    return {"CONTAINERS_CONF": str(place)}
