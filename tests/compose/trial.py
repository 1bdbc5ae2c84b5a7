"""The compose file of the project, run on loopback in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compose.engine import Engine
from tests.conftest import ROOT

SERVICES = ("survey", "coaching", "model", "campaign")
FOUNDATIONS = ("postgres", "nats")
ALL = (*FOUNDATIONS, *SERVICES)
PATIENCE_SECONDS = 240.0
LOOK_SECONDS = 0.5


class Failed(Exception):
    """Something did not go as it must; the sentence says what."""


@dataclass(frozen=True)
class Trial:
    """One run of the containers."""

    engine: Engine
    folder: Path
    project: str
    environment: dict[str, str]

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Give an order to the program that reads the compose files; returns what it prints.

        Raises:
            Failed: it says no.
        """
        files = ["--file", "docker-compose.yml", "--file", "deploy/compose.test.yml"]
        done = subprocess.run(
            [*self.engine.compose, "--project-name", self.project, *files, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.engine.environment, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise Failed(f"{' '.join(arguments)}: {done.stderr.strip()[-2000:]}{done.stdout.strip()[-2000:]}")
        return done.stdout

    def latu(self, *arguments: str) -> Any:
        """Run `latu` in its container, as an operator does; gives its last line, which is JSON."""
        profile = ("--profile", "tools")
        printed = self.compose(*profile, "run", "--rm", "-T", "latu", *arguments)
        return json.loads(printed.strip().splitlines()[-1])

    def container(self, service: str) -> str:
        """The name of a service's container."""
        label = "label=com.docker.compose."
        told = self.engine.run(
            *("ps", "--all", "--format", "{{.Names}}"),
            *("--filter", f"{label}project={self.project}", "--filter", f"{label}service={service}"),
        )
        return told.stdout.split()[0]

    def url(self, service: str) -> str:
        """Where a service answers."""
        return f"http://127.0.0.1:{self.environment[f'TEST_{service.upper()}_PORT']}"

    def wait(self, services: Sequence[str], more: Callable[[str], bool] = lambda _: True) -> float:
        """Wait until the health checks of services pass; returns how many seconds it took.

        Raises:
            Failed: one does not get well in time; with the end of what it wrote.
        """
        began = time.monotonic()
        for service in services:
            while not (more(service) and self.engine.is_healthy(self.container(service))):
                if time.monotonic() - began > PATIENCE_SECONDS:
                    logs = self.engine.run("logs", "--tail", "30", self.container(service), check=False)
                    raise Failed(f"{service} does not get well: {logs.stdout[-1500:]}{logs.stderr[-1500:]}")
                time.sleep(LOOK_SECONDS)
        return time.monotonic() - began


@contextmanager
def trial(engine: Engine, images: dict[str, str], folder: Path) -> Iterator[Trial]:
    """Containers of a project of its own, with secrets of its own; nothing of them is left afterwards."""
    place = folder / "project"
    place.mkdir()
    shutil.copy(ROOT / "docker-compose.yml", place)
    shutil.copytree(ROOT / "deploy", place / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "tests/compose", place / "tests/compose", ignore=shutil.ignore_patterns("__pycache__")
    )
    subprocess.run(
        ["sh", place / "deploy/containers/prepare.sh", place], check=True, stdout=subprocess.DEVNULL
    )
    names = [*ALL, "monitor", "websocket"]
    ports = {
        f"TEST_{name.upper()}_PORT": str(port)
        for name, port in zip(names, free_ports(len(names)), strict=True)
    }
    environment = {
        **ports,
        "LATU_IMAGE": images["latu"],
        "TEST_FOUNDATIONS_IMAGE": images["foundations"],
        # Names a file of the broker's ports in the folder of the others.
        "LATU_NATS_MODE": "../../tests/compose/loopback",
    }
    made = Trial(engine, place, f"latu-trial-{os.getpid()}", environment)
    try:
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "20", check=False)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
